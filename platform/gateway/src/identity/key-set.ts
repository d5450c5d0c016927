import type { GetKeySetResponse, PublicKey } from '@mainstay/contracts/users/v1/users';
import { type Clock, type Logger, PlatformError, systemClock } from '@mainstay/kernel';
import { type CryptoKey, importJWK } from 'jose';
import { gatewayReasons } from '../errors.ts';
import { createLastGood } from './last-good.ts';

/** What is needed to verify tokens of one issuer. */
export interface KeySet {
  readonly issuer: string;
  readonly audience: string;
  readonly keys: ReadonlyMap<string, CryptoKey>;
}

/** Keeps the users service's public keys at hand. */
export interface KeySetCache {
  /**
   * The keys, with the one asked for if the users service has it.
   *
   * An unknown `kid` is asked for at most once per pause, so that forged tokens cause no load; when the users service
   * does not answer, the keys from before go on being used.
   *
   * @throws {@link PlatformError} `unavailable` / `KEY_SET_UNAVAILABLE` when no answer ever came; executed: no.
   */
  forKid(kid: string): Promise<KeySet>;
  /** Age of the keys in milliseconds, undefined when there are none. */
  ageMs(): number | undefined;
}

/** Options of {@link createKeySetCache}. */
export interface KeySetCacheOptions {
  /** Asks the users service. */
  readonly fetch: () => Promise<GetKeySetResponse>;
  readonly logger: Logger;
  /** Least time between two fetches, in milliseconds, default 5,000; a failed fetch counts. */
  readonly minPauseMs?: number;
  /** Age at which known keys are asked for again, in milliseconds, default 300,000: how long a withdrawn key lives. */
  readonly maxAgeMs?: number;
  readonly clock?: Clock;
}

/** Makes an empty cache; nothing is fetched before the first token comes. */
export function createKeySetCache(options: KeySetCacheOptions): KeySetCache {
  const { fetch, logger, minPauseMs = 5_000, maxAgeMs = 300_000, clock = systemClock } = options;
  const keys = createLastGood({
    name: 'token keys of the users service',
    fetch: async () => importKeySet(await fetch()),
    minPauseMs,
    maxAgeMs,
    logger,
    clock,
  });
  return {
    async forKid(kid) {
      const found = await keys.get((set) => set.keys.has(kid));
      if (found !== undefined) return found;
      throw new PlatformError(gatewayReasons.KEY_SET_UNAVAILABLE, 'access tokens cannot be checked at the moment');
    },
    ageMs: () => keys.ageMs(),
  };
}

async function importKeySet(response: GetKeySetResponse): Promise<KeySet> {
  const usable = response.keys.filter((key) => key.kty === 'OKP' && key.crv === 'Ed25519' && key.kid !== '');
  const imported = await Promise.all(usable.map(async (key) => [key.kid, await importKey(key)] as const));
  return { issuer: response.issuer, audience: response.audience, keys: new Map(imported) };
}

async function importKey(key: PublicKey): Promise<CryptoKey> {
  return (await importJWK({ kty: 'OKP', crv: 'Ed25519', x: key.x, alg: 'EdDSA' })) as CryptoKey;
}
