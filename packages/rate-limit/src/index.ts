export { type Decision, rateLimitedError, type Standing } from './decision.ts';
export { rateLimitReasons } from './errors.ts';
export { createLocalLimiter, type LocalLimiter, type LocalLimiterOptions } from './local/local-limiter.ts';
export type { Claim, RateLimiter, RateLimiterStats } from './rate-limiter.ts';
export type { LeaseOptions } from './shared/leases.ts';
export type { RedisPort, RedisScript } from './shared/redis-port.ts';
export {
  type SharedLimiter,
  type SharedLimiterOptions,
  type SharedLimiterStats,
  startSharedLimiter,
} from './shared/shared-limiter.ts';
export { anonymousTier, checkLimit, createTierLookup, defaultTiers, type Limit, type Tiers } from './tiers.ts';
