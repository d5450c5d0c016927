import { createHash } from 'node:crypto';
import { Slots } from './slots.ts';
import type { Tier } from './tiers.ts';
import { type Bucket, fullBucket, missingAt } from './token-bucket.ts';

/** Figures of the table. */
export interface BucketTableStats {
  /** Buckets held now. */
  readonly keys: number;
  /** Buckets dropped, each of them full. */
  readonly dropped: number;
  /** Questions that had to share a bucket because the table was full of buckets in use. */
  readonly shared: number;
}

/** A bounded set of buckets by key. */
export interface BucketTable {
  /** The bucket of a key, until the next question; a new one is full unless keys of its tier had to share lately. */
  find(key: string, tier: Tier, nowMs: number): Bucket;
  stats(): BucketTableStats;
}

/** Buckets looked at per question when idle ones are swept; two keep up with one new key per question. */
const sweepCount = 2;
/** Buckets looked at for a full one before a new key must share. */
const searchCount = 8;
/** Longer keys are kept as a hash, so that memory is bounded by the number of keys alone. */
const maxKeyLength = 128;

/**
 * Keeps buckets and drops only full ones, which is the same as keeping them.
 *
 * A hand goes round over all buckets, a little at each question: a bucket goes when it is full and was not used for
 * `idleMs`, or when it is full and its place is needed. When the table is full of buckets in use, new keys of a tier share
 * one bucket: inventing keys wins nothing, and memory stays bounded. A key that gets a bucket of its own afterwards starts
 * with what is missing from the shared one.
 *
 * Cost: constant per question, no timer, no object; about 90 bytes a key, the key itself left out.
 */
export function createBucketTable(limits: { readonly maxKeys: number; readonly idleMs: number }): BucketTable {
  const slots = new Slots(limits.maxKeys);
  const slotOf = new Map<string, number>();
  const shared = new Map<Tier, Bucket>();
  let hand = 0;
  let droppedCount = 0;
  let sharedCount = 0;

  /** Moves the hand over some slots and drops full buckets that were last used before a moment. */
  const sweep = (nowMs: number, usedBeforeMs: number, look: { count: number; drops: number }): boolean => {
    let drops = 0;
    for (let looked = 0; looked < look.count && drops < look.drops; looked++) {
      if (hand >= slots.length) hand = 0;
      const slot = hand++;
      const key = slots.keyOf(slot);
      if (key === undefined || slots.usedMsOf(slot) > usedBeforeMs || missingAt(slots.at(slot), nowMs) > 0) continue;
      slotOf.delete(key);
      slots.remove(slot);
      drops += 1;
    }
    droppedCount += drops;
    return drops > 0;
  };

  const shareOne = (tier: Tier, nowMs: number): Bucket => {
    sharedCount += 1;
    let bucket = shared.get(tier);
    if (bucket === undefined) {
      bucket = fullBucket(tier, nowMs);
      shared.set(tier, bucket);
    }
    return bucket;
  };

  const addBucket = (key: string, tier: Tier, nowMs: number): Bucket => {
    let slot = slots.add(key);
    if (slot === undefined && sweep(nowMs, nowMs, forRoom)) slot = slots.add(key);
    if (slot === undefined) return shareOne(tier, nowMs);
    slotOf.set(key, slot);
    slots.setUsedMs(slot, nowMs);
    const bucket = slots.at(slot);
    bucket.tier = tier;
    bucket.asOfMs = nowMs;
    // The key may have been among those that shared a moment ago; what they used together counts against it.
    const before = shared.get(tier);
    bucket.missing = before === undefined ? 0 : missingAt(before, nowMs);
    return bucket;
  };

  return {
    find(givenKey, tier, nowMs) {
      const key = givenKey.length > maxKeyLength ? hashKey(givenKey) : givenKey;
      sweep(nowMs, nowMs - limits.idleMs, inPassing);
      const slot = slotOf.get(key);
      if (slot === undefined) return addBucket(key, tier, nowMs);
      slots.setUsedMs(slot, nowMs);
      return slots.at(slot);
    },
    stats: () => ({ keys: slotOf.size, dropped: droppedCount, shared: sharedCount }),
  };
}

const inPassing = { count: sweepCount, drops: sweepCount };
const forRoom = { count: searchCount, drops: 1 };

function hashKey(key: string): string {
  return `sha256:${createHash('sha256').update(key).digest('base64url')}`;
}
