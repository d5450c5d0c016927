import { createHash, randomBytes } from 'node:crypto';

/** First part of every key, by which a leaked one is recognised. */
const mark = 'mk';
const shape = /^mk_([0-9a-f]{12})_[A-Za-z0-9_-]{43}$/;

/** A key as it is made: the text is given to the client once and kept nowhere. */
export interface NewApiKey {
  readonly text: string;
  /** Its public part, for lists and logs. */
  readonly prefix: string;
  readonly sha256: Buffer;
}

/** Makes a key with 256 random bits, so that its plain SHA-256 cannot be searched. */
export function makeApiKey(): NewApiKey {
  const prefix = randomBytes(6).toString('hex');
  const text = `${mark}_${prefix}_${randomBytes(32).toString('base64url')}`;
  return { text, prefix, sha256: hashApiKey(text) };
}

/** The public part of a key; undefined for a text that is none of ours. */
export function prefixOf(text: string): string | undefined {
  return shape.exec(text)?.[1];
}

export function hashApiKey(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
