import { PlatformError } from '@mainstay/kernel';
import { idempotencyReasons as reasons } from './errors.ts';

const shape = /^[\x21-\x7e]{1,255}$/;

/** Tells whether a string may be an idempotency key: 1 to 255 visible ASCII characters, no space. */
export function isIdempotencyKey(key: string): boolean {
  return shape.test(key);
}

/**
 * Takes the key of a call, or refuses the call.
 *
 * The server refuses a keyed method without a key before the handler runs; this is for code that is reached another way.
 *
 * @param key - as the caller sent it, usually `currentContext()?.idempotencyKey`.
 * @throws {@link PlatformError} `IDEMPOTENCY_KEY_INVALID` without a key or for one of another shape.
 */
export function requireIdempotencyKey(key: string | undefined): string {
  if (key !== undefined && isIdempotencyKey(key)) return key;
  // Neither the key nor a part of it is shown: a client may have put a secret there by mistake.
  const received = key === undefined ? 'none' : `${key.length} characters`;
  throw new PlatformError(
    reasons.IDEMPOTENCY_KEY_INVALID,
    `the idempotency key must be 1 to 255 visible ASCII characters, got ${received}`,
  );
}
