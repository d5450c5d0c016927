import { type Document, isMap, isNode, isPair, type LineCounter, type Node } from 'yaml';

/** A broken rule and where it stands. */
export interface Problem {
  /** Keys and indexes from the top of the file. */
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Writes a problem as `line 12, processes[3].kind: message`. */
export function locate(problem: Problem, document: Document, lines: LineCounter): string {
  const offset = offsetOf(problem.path, document);
  const where = offset === undefined ? '' : `line ${lines.linePos(offset).line}, `;
  return `${where}${showPath(problem.path)}: ${problem.message}`;
}

function showPath(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'the file';
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

/** Start of the key at a path, else of the value, else of the nearest thing around it. */
function offsetOf(path: readonly PropertyKey[], document: Document): number | undefined {
  for (let length = path.length; length > 0; length--) {
    const key = path[length - 1];
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isPair(item) && String(item.key) === String(key));
      if (pair !== undefined && isNode(pair.key)) return startOf(pair.key);
    }
    const value = document.getIn(path.slice(0, length), true);
    if (isNode(value)) return startOf(value);
  }
  return isNode(document.contents) ? startOf(document.contents) : undefined;
}

function startOf(node: Node): number | undefined {
  return node.range?.[0];
}
