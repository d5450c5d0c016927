import { type Clock, optionError, systemClock } from '@mainstay/kernel';
import type { Claim } from '../claim.ts';
import { type Decision, decide } from '../decision.ts';
import type { RateLimiter } from '../rate-limiter.ts';
import { holds } from '../token-bucket.ts';
import type { Bucket } from './bucket.ts';
import { BucketTable } from './bucket-table.ts';
import { WallClock } from './wall-clock.ts';

/** Options of {@link createLocalLimiter}. */
export interface LocalLimiterOptions {
  readonly clock?: Clock;
  /** Most buckets held, default 100,000, about 10 MB. */
  readonly maxKeys?: number;
  /** A full bucket not charged for this long is dropped, in milliseconds, default one hour. */
  readonly idleMs?: number;
}

/** A limiter that asks nobody, and so answers at once. */
export interface LocalLimiter extends RateLimiter {
  take(claims: readonly Claim[]): Decision;
}

/**
 * Makes a limiter with its buckets in the memory of this process: n processes together admit n times the limit.
 *
 * Cost: about 200 ns a claim and no timer; memory bounded by `maxKeys`.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for an option outside its range; {@link RateLimiter.take}
 * does for a cost outside its range.
 * @example
 * const [limiter, limitOf] = [createLocalLimiter(), createTierLookup(defaultTiers)];
 * const decision = limiter.take([{ name: 'client', key: apiKeyId, limit: limitOf('free'), cost: 1 }]);
 * if (!decision.allowed) throw rateLimitedError(decision);
 */
export function createLocalLimiter(options: LocalLimiterOptions = {}): LocalLimiter {
  const clock = options.clock ?? systemClock;
  const wallClock = new WallClock(clock);
  const table = new BucketTable({
    maxKeys: atLeastOne('maxKeys', options.maxKeys ?? 100_000),
    idleMs: atLeastOne('idleMs', options.idleMs ?? 3_600_000),
  });
  // Filled anew by each take, so that none makes a list.
  const buckets: Bucket[] = [];
  return {
    take(claims) {
      const nowMs = clock.monotonicMs();
      let allowed = true;
      for (let i = 0; i < claims.length; i++) {
        const { key, limit, cost } = claims[i]!;
        if (!(cost >= 0 && cost < Number.POSITIVE_INFINITY)) {
          throw optionError('rate limit cost', 'a number of at least 0', cost);
        }
        const bucket = table.look(key, limit, nowMs);
        if (!holds(limit, bucket.missing, cost)) allowed = false;
        buckets[i] = bucket;
      }
      if (allowed) for (let i = 0; i < claims.length; i++) table.charge(buckets[i]!, claims[i]!.cost, nowMs);
      return decide(claims, buckets, { allowed, nowMs: wallClock.at(nowMs) });
    },
    giveBack(claims) {
      const nowMs = clock.monotonicMs();
      for (const { key, limit, cost } of claims) table.charge(table.look(key, limit, nowMs), -cost, nowMs);
    },
    stats: () => table.stats(),
  };
}

function atLeastOne(name: string, value: number): number {
  if (!Number.isFinite(value) || value < 1) throw optionError(`rateLimiter.${name}`, 'a number of at least 1', value);
  return value;
}
