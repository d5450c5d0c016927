import { PlatformError } from '@mainstay/kernel';
import type { Claim } from './claim.ts';
import { rateLimitReasons } from './errors.ts';
import type { Limit } from './tiers.ts';
import { holds, refillMs, secondsUntil, wholeTokens } from './token-bucket.ts';

/** State of one bucket after a decision, with all that headers need. */
export interface Standing {
  readonly name: string;
  /** Lasting rate; `X-RateLimit-Limit`. */
  readonly limitPerMinute: number;
  /** Most tokens; `remaining` goes up to it and so may exceed `limitPerMinute`. */
  readonly burst: number;
  /** Whole tokens left; `X-RateLimit-Remaining`. */
  readonly remaining: number;
  /** Wall-clock milliseconds when the bucket is full again; `X-RateLimit-Reset` is this in seconds. */
  readonly resetAtMs: number;
  /** Milliseconds until then. */
  readonly resetInMs: number;
}

/** Answer to all claims of one request. */
export interface Decision {
  readonly allowed: boolean;
  /** Seconds until the same claims are admitted, rounded up, at least 1; 0 when allowed. */
  readonly retryAfterSeconds: number;
  /** The standing that decided: of those that refused the longest wait, else the one with the fewest tokens left. */
  readonly by: Standing;
  /** All standings, in the order of the claims. */
  readonly standings: readonly Standing[];
}

/** What is known of one bucket: what is missing, and the limit that it was judged by, which may be a share of the claim's. */
export interface Level {
  missing: number;
  readonly limit: Limit;
}

/**
 * Makes the answer to claims.
 *
 * @param levels - one for each claim: after the tokens were taken, or as it stands when they were not.
 * @param nowMs - wall clock of whoever keeps the buckets.
 */
export function decide(
  claims: readonly Claim[],
  levels: readonly Level[],
  { allowed, nowMs }: { readonly allowed: boolean; readonly nowMs: number },
): Decision {
  const standings = claims.map((claim, i) => {
    const { limit, missing } = levels[i]!;
    return standingOf(claim, limit, { missing, nowMs });
  });
  let by: Standing | undefined;
  let retryAfterSeconds = 0;
  for (let i = 0; i < claims.length; i++) {
    const standing = standings[i]!;
    const { limit, missing } = levels[i]!;
    const { cost } = claims[i]!;
    if (allowed) {
      if (by === undefined || standing.remaining < by.remaining) by = standing;
    } else if (!holds(limit, missing, cost)) {
      const seconds = secondsUntil(limit, missing, cost);
      if (seconds <= retryAfterSeconds) continue;
      retryAfterSeconds = seconds;
      by = standing;
    }
  }
  return { allowed, retryAfterSeconds, by: by ?? standings[0]!, standings };
}

function standingOf(
  { name, limit: shown }: Claim,
  limit: Limit,
  { missing, nowMs }: { readonly missing: number; readonly nowMs: number },
): Standing {
  const resetInMs = refillMs(limit, missing);
  return {
    name,
    limitPerMinute: shown.limitPerMinute,
    burst: shown.burst,
    remaining: wholeTokens(limit, missing),
    resetAtMs: Math.ceil(nowMs + resetInMs),
    resetInMs,
  };
}

/** The error for a refused request: `RATE_LIMITED`, executed: no, retry after the time in the decision. */
export function rateLimitedError({ by, retryAfterSeconds }: Decision): PlatformError {
  const message = `more than ${by.limitPerMinute} calls a minute, the next is possible in ${retryAfterSeconds} s`;
  return new PlatformError(rateLimitReasons.RATE_LIMITED, message, { retryAfterMs: retryAfterSeconds * 1_000 });
}
