import { type Clock, optionError, PlatformError, systemClock } from '@mainstay/kernel';
import { type BucketTableStats, createBucketTable } from './bucket-table.ts';
import { rateLimitReasons } from './errors.ts';
import { anonymousTier, checkTiers, defaultTiers, type Tier, type Tiers } from './tiers.ts';
import { bringTo, refillMs, take, wholeTokens } from './token-bucket.ts';

/** Options of {@link createRateLimiter}. */
export interface RateLimiterOptions {
  /** Must contain `anonymous`; default {@link defaultTiers}. */
  readonly tiers?: Tiers;
  readonly clock?: Clock;
  /** Most buckets held, default 100,000, about 9 MB and the keys. */
  readonly maxKeys?: number;
  /** A full bucket not used for this long is dropped, in milliseconds, default one hour. */
  readonly idleMs?: number;
}

/** Answer to one question, with all that the `X-RateLimit-*` headers need. */
export interface RateLimitDecision {
  readonly allowed: boolean;
  /** Lasting rate of the tier; `X-RateLimit-Limit`. */
  readonly limitPerMinute: number;
  /** Most tokens of the tier; `remaining` goes up to it and so may exceed `limitPerMinute`. */
  readonly burst: number;
  /** Whole tokens left; `X-RateLimit-Remaining`. */
  readonly remaining: number;
  /** Wall-clock milliseconds when the bucket is full again; `X-RateLimit-Reset` is this in seconds. */
  readonly resetAtMs: number;
  /** Seconds until the same question is answered with yes, rounded up, at least 1; 0 when allowed. */
  readonly retryAfterSeconds: number;
}

/** A rate limiter for many clients. */
export interface RateLimiter {
  /**
   * Takes `cost` tokens from the bucket of a client, or none.
   *
   * @param key - the client: an API key's id, a user, or an address when nobody vouches for the key.
   * @param tier - read anew at each question; an unknown or absent one is `anonymous`.
   * @param cost - tokens, default 1; 0 only looks; one above the tier's burst is never allowed.
   */
  check(key: string, tier: string | undefined, cost?: number): RateLimitDecision;
  stats(): BucketTableStats;
}

/**
 * Makes a rate limiter: one token bucket per client, refilled continuously at the rate of its tier.
 *
 * Buckets are in this process only: n gateways together allow n times the limit.
 *
 * Cost: about 0.1 µs a question, one small object, no timer; memory bounded by `maxKeys`.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for an option or a cost outside its range.
 * @example
 * const limiter = createRateLimiter();
 * const decision = limiter.check(apiKeyId, 'free');
 * if (!decision.allowed) throw rateLimitedError(decision);
 */
export function createRateLimiter(options: RateLimiterOptions = {}): RateLimiter {
  const clock = options.clock ?? systemClock;
  const tiers = checkTiers(options.tiers ?? defaultTiers);
  const anonymous = tiers.get(anonymousTier) as Tier;
  const maxKeys = atLeastOne('maxKeys', options.maxKeys ?? 100_000);
  const table = createBucketTable({ maxKeys, idleMs: atLeastOne('idleMs', options.idleMs ?? 3_600_000) });
  return {
    check(key, tierName, cost = 1) {
      if (!(cost >= 0) || !Number.isFinite(cost)) throw optionError('rate limit cost', 'a number of at least 0', cost);
      const nowMs = clock.monotonicMs();
      const tier = (tierName === undefined ? undefined : tiers.get(tierName)) ?? anonymous;
      const bucket = table.find(key, tier, nowMs);
      bringTo(bucket, tier, nowMs);
      const { taken, missing } = take(bucket, cost, nowMs);
      return {
        allowed: taken,
        limitPerMinute: tier.limitPerMinute,
        burst: tier.burst,
        remaining: wholeTokens(tier, missing),
        resetAtMs: Math.ceil(clock.nowMs() + refillMs(tier, missing)),
        retryAfterSeconds: taken ? 0 : secondsToAllow(tier, missing, cost),
      };
    },
    stats: () => table.stats(),
  };
}

/** The error for a refused call: `RATE_LIMITED`, executed: no, retry after the time in the decision. */
export function rateLimitedError(decision: RateLimitDecision): PlatformError {
  const message = `more than ${decision.limitPerMinute} calls a minute, the next is possible in ${decision.retryAfterSeconds} s`;
  return new PlatformError(rateLimitReasons.RATE_LIMITED, message, {
    retryAfterMs: decision.retryAfterSeconds * 1_000,
  });
}

function secondsToAllow(tier: Tier, missing: number, cost: number): number {
  const lacking = Math.min(missing, missing + cost - tier.burst);
  // A millionth of a second is forgiven, so that a pause of exactly 6 s does not become 7.
  return Math.max(1, Math.ceil(refillMs(tier, lacking) / 1_000 - 1e-6));
}

function atLeastOne(name: string, value: number): number {
  if (!Number.isFinite(value) || value < 1) throw optionError(`rateLimiter.${name}`, 'a number of at least 1', value);
  return value;
}
