import { gunzipSync, gzipSync } from 'node:zlib';

/** Encodings of messages that we read and write; `identity` is none. */
export type Encoding = 'identity' | 'gzip';

/** Below this size the header of gzip costs more than it saves, in bytes. */
const minGzipBytes = 1_024;

/**
 * Unpacks a message.
 *
 * Cost: on the spot, because messages of a stream must stay in order; about 3 ms a MiB of output.
 *
 * @returns undefined when the bytes are no gzip; `too_large` when the message would be larger than the limit, which
 * is noticed before it is unpacked any further.
 */
export function unpack(bytes: Uint8Array, maxMessageBytes: number): Uint8Array | 'too_large' | undefined {
  try {
    return gunzipSync(bytes, { maxOutputLength: Math.max(1, maxMessageBytes) });
  } catch (error) {
    return (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE' ? 'too_large' : undefined;
  }
}

/** A message as it is sent, and whether it is packed. */
export interface Packed {
  readonly bytes: Uint8Array;
  readonly flags: 0 | 1;
}

/** Packs a message when that is asked for and worth it. */
export function pack(bytes: Uint8Array, encoding: Encoding): Packed {
  if (encoding === 'identity' || bytes.length < minGzipBytes) return { bytes, flags: 0 };
  return { bytes: gzipSync(bytes), flags: 1 };
}
