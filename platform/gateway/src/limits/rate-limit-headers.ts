import type { RateLimitDecision } from '@mainstay/rate-limit';

/**
 * The headers that tell a client where it stands: `X-RateLimit-Limit` is the lasting rate per minute,
 * `X-RateLimit-Remaining` the calls it may make at once (up to the burst, so it can be larger), and
 * `X-RateLimit-Reset` the Unix second at which all of them are back.
 */
export function rateLimitHeaders(decision: RateLimitDecision): Readonly<Record<string, string>> {
  return {
    'x-ratelimit-limit': String(decision.limitPerMinute),
    'x-ratelimit-remaining': String(decision.remaining),
    'x-ratelimit-reset': String(Math.ceil(decision.resetAtMs / 1_000)),
  };
}
