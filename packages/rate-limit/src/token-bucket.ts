import type { Tier } from './tiers.ts';

/**
 * A token bucket, kept as what is missing from it: 0 is full, the burst is empty.
 *
 * Shape: `missing` is from 0 to the tier's burst as of `asOfMs`, with fractions.
 */
export interface Bucket {
  missing: number;
  /** Monotonic milliseconds. */
  asOfMs: number;
  tier: Tier;
}

/** Sums of fractions may miss a whole token by this much; far below anything a client could use. */
const tolerance = 1e-9;

/** A full bucket. */
export function fullBucket(tier: Tier, nowMs: number): Bucket {
  return { missing: 0, asOfMs: nowMs, tier };
}

/** What is missing at this time; a clock that went back refills nothing. */
export function missingAt(bucket: Bucket, nowMs: number): number {
  const elapsedMs = Math.max(0, nowMs - bucket.asOfMs);
  return Math.max(0, bucket.missing - elapsedMs * perMs(bucket.tier));
}

/**
 * Brings a bucket to this time and, if it changed, to another tier: the new rate and burst count from now on,
 * what was used stays used, at most the new burst.
 */
export function bringTo(bucket: Bucket, tier: Tier, nowMs: number): void {
  if (bucket.tier === tier) return;
  bucket.missing = Math.min(missingAt(bucket, nowMs), tier.burst);
  bucket.asOfMs = Math.max(bucket.asOfMs, nowMs);
  bucket.tier = tier;
}

/**
 * Takes tokens if all are there.
 *
 * A refusal leaves the bucket as it was, so that being asked often cannot wear its fractions down.
 *
 * @returns what is missing afterwards, and whether the tokens were taken.
 */
export function take(
  bucket: Bucket,
  cost: number,
  nowMs: number,
): { readonly taken: boolean; readonly missing: number } {
  const missing = missingAt(bucket, nowMs);
  if (missing + cost > bucket.tier.burst + tolerance) return { taken: false, missing };
  bucket.missing = Math.min(bucket.tier.burst, missing + cost);
  bucket.asOfMs = Math.max(bucket.asOfMs, nowMs);
  return { taken: true, missing: bucket.missing };
}

/** Whole tokens in a bucket with this much missing. */
export function wholeTokens(tier: Tier, missing: number): number {
  return Math.max(0, Math.floor(tier.burst - missing + tolerance));
}

/** Milliseconds until so many tokens have come back. */
export function refillMs(tier: Tier, tokens: number): number {
  return Math.max(0, tokens) / perMs(tier);
}

function perMs(tier: Tier): number {
  return tier.limitPerMinute / 60_000;
}
