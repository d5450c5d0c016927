import type { Limit } from './tiers.ts';

// A token bucket is kept as what is missing from it: 0 is full, the burst is empty. Fractions of tokens count.

/** Sums of fractions may miss a whole token by this much; far below anything a client could use. */
const tolerance = 1e-9;

/** What is missing after some time; a clock that went back refills nothing. */
export function refilled(missing: number, elapsedMs: number, limitPerMinute: number): number {
  return elapsedMs <= 0 ? missing : Math.max(0, missing - (elapsedMs * limitPerMinute) / 60_000);
}

/** Whether so many tokens are there. */
export function holds(limit: Limit, missing: number, cost: number): boolean {
  return missing + cost <= limit.burst + tolerance;
}

/** What is missing after tokens were taken, or given back with a cost below 0. */
export function charged(limit: Limit, missing: number, cost: number): number {
  return Math.max(0, Math.min(limit.burst, missing + cost));
}

/** Whole tokens in a bucket with this much missing. */
export function wholeTokens(limit: Limit, missing: number): number {
  return Math.max(0, Math.floor(limit.burst - missing + tolerance));
}

/** Milliseconds until so many tokens have come back. */
export function refillMs(limit: Limit, tokens: number): number {
  return Math.max(0, tokens) * (60_000 / limit.limitPerMinute);
}

/** Seconds until `cost` tokens are there, rounded up, at least 1; when they never will be, until the bucket is full. */
export function secondsUntil(limit: Limit, missing: number, cost: number): number {
  const lacking = Math.min(missing, missing + cost - limit.burst);
  // A millionth of a second is forgiven, so that a pause of exactly 6 s does not become 7.
  return Math.max(1, Math.ceil(refillMs(limit, lacking) / 1_000 - 1e-6));
}
