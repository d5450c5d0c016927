import type { RateLimiter } from '@mainstay/rate-limit';
import type { GatewayMetrics } from '../gateway-metrics.ts';

/** Tells the metrics whenever the number of remembered clients has changed. */
export function countBuckets(limiter: RateLimiter, metrics: GatewayMetrics): RateLimiter {
  let told = -1;
  return {
    take(claims) {
      const decision = limiter.take(claims);
      const { keys } = limiter.stats();
      if (keys !== told) metrics.buckets(keys);
      told = keys;
      return decision;
    },
    giveBack: (claims) => limiter.giveBack(claims),
    stats: () => limiter.stats(),
  };
}
