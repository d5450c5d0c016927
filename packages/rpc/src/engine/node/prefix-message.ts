import { Buffer } from 'node:buffer';

const prefixBytes = 5;

/** Puts gRPC's prefix before a message: whether it is packed, and its length. */
export function prefixMessage(bytes: Uint8Array, flags: 0 | 1): Buffer {
  const { length } = bytes;
  const framed = Buffer.allocUnsafe(prefixBytes + length);
  framed[0] = flags;
  framed.writeUInt32BE(length, 1);
  framed.set(bytes, prefixBytes);
  return framed;
}

/** Whether a chunk holds one message that is not packed, and nothing else. */
export function isOneMessage(chunk: Buffer): boolean {
  return chunk.length >= prefixBytes && chunk[0] === 0 && chunk.readUInt32BE(1) === chunk.length - prefixBytes;
}

/** The message of such a chunk, where it lies. */
export function messageIn(chunk: Buffer): Uint8Array {
  return chunk.subarray(prefixBytes);
}
