import { hash } from 'node:crypto';
import type { CryptoKey } from 'jose';
import type { Caller } from './caller.ts';

/** Tokens remembered for one key, before the one that came first is forgotten: some 5 MB when each has a caller of its own. */
export const maxVerifiedTokens = 10_000;

// A key that is withdrawn or fetched anew takes what it has verified along.
const byKey = new WeakMap<CryptoKey, Map<string, Caller>>();

/**
 * Tells whose token this is, when a key was found to have signed it before and it has not ended since.
 *
 * Kept is the SHA-256 of the whole token, signature included, so another token is another one, and none can be read out of here.
 *
 * Cost: a hash and a look-up, in place of the check of a signature.
 */
export function verifiedCaller(key: CryptoKey, token: string, nowMs: number): Caller | undefined {
  const caller = byKey.get(key)?.get(nameOf(token));
  return caller?.endsAtMs !== undefined && nowMs < caller.endsAtMs ? caller : undefined;
}

/** Remembers a token that a key has signed and whose claims are right. */
export function rememberVerified(key: CryptoKey, token: string, caller: Caller): void {
  const callers = byKey.get(key) ?? new Map<string, Caller>();
  byKey.set(key, callers);
  if (callers.size >= maxVerifiedTokens) callers.delete(callers.keys().next().value as string);
  callers.set(nameOf(token), caller);
}

function nameOf(token: string): string {
  return hash('sha256', token, 'base64');
}
