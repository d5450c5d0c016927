export type { BucketTableStats } from './bucket-table.ts';
export { rateLimitReasons } from './errors.ts';
export {
  createRateLimiter,
  type RateLimitDecision,
  type RateLimiter,
  type RateLimiterOptions,
  rateLimitedError,
} from './rate-limiter.ts';
export { anonymousTier, defaultTiers, type Tier, type Tiers } from './tiers.ts';
