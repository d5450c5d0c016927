import { hash } from 'node:crypto';
import type { Caller } from './caller.ts';

/** Tokens remembered for one key, before the one that came first is forgotten: some 5 MB when each has a caller of its own. */
export const maxVerifiedTokens = 10_000;

/**
 * The tokens that were verified, by what they were verified with: a key, or the keys of an issuer.
 *
 * Keys that are withdrawn or fetched anew take along what they have verified. Kept is the SHA-256 of the whole token, signature
 * included, so another token is another one, and none can be read out of here.
 *
 * Cost: a hash and a look-up, in place of the check of a signature.
 */
export class VerifiedTokens {
  readonly #byKey = new WeakMap<object, Map<string, Caller>>();

  /** Tells whose token this is, when it was found good by these keys before and has not ended since. */
  find(keys: object, token: string, nowMs: number): Caller | undefined {
    const caller = this.#byKey.get(keys)?.get(nameOf(token));
    return caller?.endsAtMs !== undefined && nowMs < caller.endsAtMs ? caller : undefined;
  }

  /** Remembers a token whose signature and claims are right. */
  remember(keys: object, token: string, caller: Caller): void {
    const callers = this.#byKey.get(keys) ?? new Map<string, Caller>();
    this.#byKey.set(keys, callers);
    if (callers.size >= maxVerifiedTokens) callers.delete(callers.keys().next().value as string);
    callers.set(nameOf(token), caller);
  }
}

function nameOf(token: string): string {
  return hash('sha256', token, 'base64');
}
