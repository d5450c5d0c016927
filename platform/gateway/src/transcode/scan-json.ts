/** What one pass over a JSON text finds. */
export interface JsonScan {
  /** True when some value is nested deeper than the limit; the scan stops there. */
  readonly tooDeep: boolean;
  /** True when a number has 16 or more characters in a row that could make a double lose digits. */
  readonly hasLongNumber: boolean;
  /** Paths of names that stand twice in one object, for example `items[0].sku`; at most 50. */
  readonly duplicates: readonly string[];
}

interface Frame {
  readonly path: string;
  /** Names seen so far; undefined for an array. */
  readonly names: Set<string> | undefined;
  /** Name of the member being read, or index of the element being read. */
  key: string;
  index: number;
}

const maxDuplicates = 50;
const quote = 34;
const backslash = 92;

/**
 * Scans a JSON text for depth, long numbers and names that stand twice, without building anything.
 *
 * The text need not be valid: for a broken one the answer is of no use, but the scan ends and does not throw.
 *
 * Cost: one pass; memory grows with the names of the open objects only.
 */
export function scanJson(text: string, maxDepth: number): JsonScan {
  const stack: Frame[] = [];
  const duplicates: string[] = [];
  let hasLongNumber = false;
  let expectName = false;

  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    const top = stack.at(-1);
    switch (char) {
      case 123: // {
      case 91: // [
        if (stack.length === maxDepth) return { tooDeep: true, hasLongNumber, duplicates };
        stack.push({ path: pathOf(top), names: char === 123 ? new Set() : undefined, key: '', index: 0 });
        expectName = char === 123;
        break;
      case 125: // }
      case 93: // ]
        stack.pop();
        expectName = false;
        break;
      case 44: // ,
        if (top !== undefined) top.index++;
        expectName = top?.names !== undefined;
        break;
      case quote: {
        const end = endOfString(text, i);
        if (expectName && top?.names !== undefined) {
          top.key = readName(text.slice(i, end + 1));
          if (top.names.has(top.key) && duplicates.length < maxDuplicates) duplicates.push(pathOf(top).slice(0, 200));
          top.names.add(top.key);
          expectName = false;
        }
        i = end;
        break;
      }
      default:
        if (isDigit(char)) {
          const start = i;
          while (isDigit(text.charCodeAt(i + 1))) i++;
          if (i - start >= 15) hasLongNumber = true;
        }
    }
  }
  return { tooDeep: false, hasLongNumber, duplicates };
}

function pathOf(frame: Frame | undefined): string {
  if (frame === undefined) return '';
  if (frame.names === undefined) return `${frame.path}[${frame.index}]`;
  return frame.path === '' ? frame.key : `${frame.path}.${frame.key}`;
}

/** Index of the closing quote, or of the last character when there is none. */
function endOfString(text: string, open: number): number {
  for (let i = open + 1; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === backslash) i++;
    else if (char === quote) return i;
  }
  return text.length;
}

/** Decodes a name, so that `a` and `\u0061` are the same; a broken escape is left for the parser to refuse. */
function readName(literal: string): string {
  if (!literal.includes('\\')) return literal.slice(1, -1);
  try {
    return String(JSON.parse(literal));
  } catch {
    // The text is not valid JSON; JSON.parse of the whole refuses it with the right position.
    return literal;
  }
}

function isDigit(char: number): boolean {
  return char >= 48 && char <= 57;
}
