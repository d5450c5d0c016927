import type { Clock } from '@mainstay/kernel';
import type { Claim } from '../claim.ts';
import { type Decision, decide } from '../decision.ts';
import { BucketTable } from '../local/bucket-table.ts';
import type { RateLimiterStats } from '../rate-limiter.ts';
import type { Limit } from '../tiers.ts';
import { holds } from '../token-bucket.ts';

/** Decides alone, by the share that one of several replicas has of every limit. */
export interface LocalShare {
  take(claims: readonly Claim[], replicas: number): Decision;
  giveBack(claims: readonly Claim[], replicas: number): void;
  stats(): RateLimiterStats;
}

/**
 * Makes what stands in for buckets that cannot be asked: rate and burst are divided by the replicas, so that all of them
 * together admit what one limit allows. A burst is never below what one request costs.
 */
export function createLocalShare(
  clock: Clock,
  limits: { readonly maxKeys: number; readonly idleMs: number },
): LocalShare {
  const table = new BucketTable(limits);
  return {
    take(claims, replicas) {
      const nowMs = clock.monotonicMs();
      const shares = claims.map((claim) => shareOf(claim, replicas));
      const buckets = claims.map(({ key }, i) => table.look(key, shares[i]!, nowMs));
      const allowed = claims.every(({ cost }, i) => holds(shares[i]!, buckets[i]!.missing, cost));
      if (allowed) buckets.forEach((bucket, i) => table.charge(bucket, claims[i]!.cost, nowMs));
      return decide(claims, buckets, { allowed, nowMs: clock.nowMs() });
    },
    giveBack(claims, replicas) {
      const nowMs = clock.monotonicMs();
      for (const claim of claims) {
        table.charge(table.look(claim.key, shareOf(claim, replicas), nowMs), -claim.cost, nowMs);
      }
    },
    stats: () => table.stats(),
  };
}

function shareOf({ limit, cost }: Claim, replicas: number): Limit {
  const atLeast = Math.max(1, Math.min(cost, limit.burst));
  return { limitPerMinute: limit.limitPerMinute / replicas, burst: Math.max(atLeast, limit.burst / replicas) };
}
