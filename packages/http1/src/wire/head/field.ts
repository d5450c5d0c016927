import { areAll, tokenBytes } from './byte-classes.ts';
import { type KnownField, knownFields, roleOf } from './known-fields.ts';

/** Bytes from one position up to another. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** One header of a request. */
export interface Field extends KnownField {
  readonly value: string;
}

const colon = 0x3a;
const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x09;

/**
 * Takes a line apart: a token, a colon with nothing before it, a value without the blanks around it (RFC 9112 section 5).
 *
 * @param range - without its CRLF; no control characters but tabs between.
 */
export function parseField(bytes: Buffer, { from, to }: Range): Field | undefined {
  let nameEnd = from;
  while (nameEnd < to && bytes[nameEnd] !== colon) nameEnd += 1;
  if (nameEnd === from || nameEnd === to) return undefined;
  let start = nameEnd + 1;
  let end = to;
  while (start < end && isBlank(bytes[start])) start += 1;
  while (end > start && isBlank(bytes[end - 1])) end -= 1;
  const spelled = bytes.toString('latin1', from, nameEnd);
  const value = bytes.toString('latin1', start, end);
  const known = knownFields.get(spelled);
  if (known !== undefined) return { name: known.name, role: known.role, value };
  if (!areAll(tokenBytes, bytes, { from, to: nameEnd })) return undefined;
  const name = spelled.toLowerCase();
  return { name, role: roleOf(name), value };
}
