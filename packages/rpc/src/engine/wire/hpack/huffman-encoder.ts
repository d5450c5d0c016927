import { canonicalCodes } from './huffman-code.ts';

const codes = new Uint32Array(257);
const lengths = new Uint8Array(257);
for (const { symbol, code, bits } of canonicalCodes()) {
  codes[symbol] = code;
  lengths[symbol] = bits;
}

/** Bytes that a Latin-1 text takes in Huffman code. */
export function huffmanBytes(text: string): number {
  let bits = 0;
  for (let i = 0; i < text.length; i++) bits += lengths[text.charCodeAt(i) & 0xff]!;
  return (bits + 7) >> 3;
}

/**
 * Writes a Latin-1 text in Huffman code.
 *
 * @param at - where in `into` to begin; it needs {@link huffmanBytes} bytes from there.
 * @returns where the code ends.
 * @see RFC 7541 section 5.2
 */
export function encodeHuffman(text: string, into: Uint8Array, at: number): number {
  let pending = 0;
  let pendingBits = 0;
  let end = at;
  for (let i = 0; i < text.length; i++) {
    const symbol = text.charCodeAt(i) & 0xff;
    const bits = lengths[symbol]!;
    const code = codes[symbol]!;
    // Up to 7 bits wait and a code has up to 30, more than 32 together: long codes go in two parts.
    if (bits > 16) {
      const low = bits - 16;
      pending = (pending << 16) | (code >>> low);
      pendingBits += 16;
      while (pendingBits >= 8) {
        pendingBits -= 8;
        into[end++] = pending >>> pendingBits;
      }
      pending &= (1 << pendingBits) - 1;
      pending = (pending << low) | (code & ((1 << low) - 1));
      pendingBits += low;
    } else {
      pending = (pending << bits) | code;
      pendingBits += bits;
    }
    while (pendingBits >= 8) {
      pendingBits -= 8;
      into[end++] = pending >>> pendingBits;
    }
    pending &= (1 << pendingBits) - 1;
  }
  // The rest of the last byte is filled with ones, the beginning of the end-of-string code.
  if (pendingBits > 0) into[end++] = (pending << (8 - pendingBits)) | (0xff >> pendingBits);
  return end;
}
