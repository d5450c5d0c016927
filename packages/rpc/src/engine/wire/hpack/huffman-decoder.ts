import { canonicalCodes, endOfString } from './huffman-code.ts';

/**
 * A state machine over half bytes.
 *
 * A state is a node of the code's tree. For each state and each of the 16 half bytes, one entry tells the next state,
 * the symbol that was completed on the way, if any (at most one, because the shortest code has 5 bits), and whether
 * the text may end there.
 */
const isSymbol = 1 << 16;
const mayEnd = 1 << 17;
const isError = 1 << 18;
const stateShift = 20;

const transitions: Int32Array = buildTransitions();

interface Node {
  zero: Node | number | undefined;
  one: Node | number | undefined;
  id: number;
  /** Depth from the root when every edge to here is a 1, else -1: only such a rest is padding. */
  onesDepth: number;
}

function buildTransitions(): Int32Array {
  const nodes: Node[] = [];
  const makeNode = (onesDepth: number): Node => {
    const node: Node = { zero: undefined, one: undefined, id: nodes.length, onesDepth };
    nodes.push(node);
    return node;
  };
  const root = makeNode(0);
  for (const { symbol, bits, code } of canonicalCodes()) {
    let node = root;
    for (let i = bits - 1; i > 0; i--) {
      const isOne = Math.floor(code / 2 ** i) % 2 === 1;
      const child = isOne ? node.one : node.zero;
      if (typeof child === 'object') {
        node = child;
        continue;
      }
      const made = makeNode(isOne && node.onesDepth >= 0 ? node.onesDepth + 1 : -1);
      if (isOne) node.one = made;
      else node.zero = made;
      node = made;
    }
    if (code % 2 === 1) node.one = symbol;
    else node.zero = symbol;
  }
  const table = new Int32Array(nodes.length * 16);
  for (const node of nodes) {
    for (let half = 0; half < 16; half++) table[node.id * 16 + half] = walk(root, node, half);
  }
  return table;
}

function walk(root: Node, from: Node, half: number): number {
  let node = from;
  let symbol = 0;
  for (let bit = 3; bit >= 0; bit--) {
    const next = (half >> bit) & 1 ? node.one : node.zero;
    if (next === undefined || next === endOfString) return isError;
    if (typeof next === 'number') {
      symbol = isSymbol | next;
      node = root;
    } else {
      node = next;
    }
  }
  // Padding is the beginning of the end-of-string code, which is all ones, and shorter than a byte.
  const ends = node.onesDepth >= 0 && node.onesDepth <= 7 ? mayEnd : 0;
  return (node.id << stateShift) | symbol | ends;
}

/**
 * Decodes a Huffman-coded string into a buffer.
 *
 * Cost: two table look-ups a byte of input.
 *
 * @param into - receives the text from `at` on; needs 8/5 of the input's bytes.
 * @returns where the text ends in `into`; -1 when the input is malformed: the end-of-string symbol in it, or padding
 * that is too long or not all ones.
 * @see RFC 7541 section 5.2
 */
export function decodeHuffman(
  input: Uint8Array,
  range: { readonly from: number; readonly to: number },
  into: Uint8Array,
): number {
  let state = 0;
  let at = 0;
  let entry = mayEnd;
  for (let i = range.from; i < range.to; i++) {
    const byte = input[i]!;
    entry = transitions[state * 16 + (byte >> 4)]!;
    if (entry & isError) return -1;
    if (entry & isSymbol) into[at++] = entry & 0xff;
    entry = transitions[(entry >>> stateShift) * 16 + (byte & 15)]!;
    if (entry & isError) return -1;
    if (entry & isSymbol) into[at++] = entry & 0xff;
    state = entry >>> stateShift;
  }
  return entry & mayEnd ? at : -1;
}
