export type { Claim } from './claim.ts';
export { type Decision, rateLimitedError, type Standing } from './decision.ts';
export type { LeaseOptions } from './distributed/leases.ts';
export type { RedisPort, RedisScript } from './distributed/redis-port.ts';
export {
  type SharedLimiter,
  type SharedLimiterOptions,
  type SharedLimiterStats,
  startSharedLimiter,
} from './distributed/shared-limiter.ts';
export { rateLimitReasons } from './errors.ts';
export { createLocalLimiter, type LocalLimiter, type LocalLimiterOptions } from './local/local-limiter.ts';
export type { RateLimiter, RateLimiterStats } from './rate-limiter.ts';
export { anonymousTier, checkLimit, createTierLookup, defaultTiers, type Limit, type Tiers } from './tiers.ts';
