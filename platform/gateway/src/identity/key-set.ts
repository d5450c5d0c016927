import type { GetKeySetResponse, PublicKey } from '@mainstay/contracts/users/v1/users';
import { type Clock, type Logger, PlatformError, systemClock, toPlatformError } from '@mainstay/kernel';
import { type CryptoKey, importJWK } from 'jose';
import { gatewayReasons } from '../errors.ts';

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
  let current: KeySet | undefined;
  let fetchedAtMs = Number.NEGATIVE_INFINITY;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;

  async function refresh(): Promise<void> {
    triedAtMs = clock.monotonicMs();
    try {
      current = await importKeySet(await fetch());
      fetchedAtMs = clock.monotonicMs();
      logger.info('token keys fetched', { kids: [...current.keys.keys()] });
    } catch (error) {
      // The keys from before stay good: tokens must be verifiable while the users service restarts.
      logger.warn('token keys could not be fetched', { error: toPlatformError(error), kept: current !== undefined });
    } finally {
      running = undefined;
    }
  }

  return {
    async forKid(kid) {
      const nowMs = clock.monotonicMs();
      const wanted = current === undefined || !current.keys.has(kid) || nowMs - fetchedAtMs >= maxAgeMs;
      if (running === undefined && wanted && nowMs - triedAtMs >= minPauseMs) running = refresh();
      if (running !== undefined && current?.keys.has(kid) !== true) await running;
      if (current === undefined) {
        throw new PlatformError(gatewayReasons.KEY_SET_UNAVAILABLE, 'access tokens cannot be checked at the moment');
      }
      return current;
    },
    ageMs: () => (current === undefined ? undefined : clock.monotonicMs() - fetchedAtMs),
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
