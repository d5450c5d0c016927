/** What an object, a list or a number takes beside what is in it, in bytes; measured on V8, rounded up. */
const ownBytes = 32;

/** Estimates the memory that a message takes, in bytes: texts by two bytes a character, which is the most they take. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return ownBytes + value.length * 2;
  if (value instanceof Uint8Array) return ownBytes + value.byteLength;
  if (typeof value !== 'object' || value === null) return ownBytes;
  let bytes = ownBytes;
  for (const inside of Object.values(value)) bytes += sizeOf(inside);
  return bytes;
}
