export { type Decision, rateLimitedError, type Standing } from './decision.ts';
export { rateLimitReasons } from './errors.ts';
export { createLocalLimiter, type LocalLimiter, type LocalLimiterOptions } from './local/local-limiter.ts';
export type { Claim, RateLimiter, RateLimiterStats } from './rate-limiter.ts';
export { anonymousTier, checkLimit, createTierLookup, defaultTiers, type Limit, type Tiers } from './tiers.ts';
