import { createHash } from 'node:crypto';
import type { Tier } from './tiers.ts';
import { type Bucket, fullBucket, missingAt } from './token-bucket.ts';

interface Entry extends Bucket {
  readonly key: string;
  usedMs: number;
  newer: Entry | undefined;
  older: Entry | undefined;
}

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
  /** The bucket of a key; a new one is full unless keys of its tier had to share lately. */
  find(key: string, tier: Tier, nowMs: number): Bucket;
  stats(): BucketTableStats;
}

/** Buckets looked at per question when idle ones are swept; two keep up with one new key per question. */
const sweepCount = 2;
/** Oldest buckets looked at for a full one before a new key must share. */
const searchCount = 8;
/** Longer keys are kept as a hash, so that memory is bounded by the number of keys alone. */
const maxKeyLength = 128;

/**
 * Keeps buckets in the order of their last use and drops only full ones, which is the same as keeping them.
 *
 * A bucket goes when it is full and was not used for `idleMs`, or when it is full and its place is needed. When the table
 * is full of buckets in use, new keys of a tier share one bucket: inventing keys wins nothing, and memory stays bounded.
 * A key that gets a bucket of its own afterwards starts with what is missing from the shared one.
 *
 * Cost: constant per question, no timer; about 180 bytes a key.
 */
export function createBucketTable(limits: { readonly maxKeys: number; readonly idleMs: number }): BucketTable {
  const entries = new Map<string, Entry>();
  const shared = new Map<Tier, Bucket>();
  let newest: Entry | undefined;
  let oldest: Entry | undefined;
  let droppedCount = 0;
  let sharedCount = 0;

  const unlink = (entry: Entry): void => {
    if (entry.newer === undefined) newest = entry.older;
    else entry.newer.older = entry.older;
    if (entry.older === undefined) oldest = entry.newer;
    else entry.older.newer = entry.newer;
  };
  const linkNewest = (entry: Entry): void => {
    entry.newer = undefined;
    entry.older = newest;
    if (newest === undefined) oldest = entry;
    else newest.newer = entry;
    newest = entry;
  };
  const drop = (entry: Entry): void => {
    unlink(entry);
    entries.delete(entry.key);
    droppedCount += 1;
  };
  /** Drops full buckets among the oldest ones; those used after `usedBeforeMs` stay. */
  const dropOldest = (
    nowMs: number,
    usedBeforeMs: number,
    look: { readonly count: number; readonly drops: number },
  ): boolean => {
    let drops = 0;
    let entry = oldest;
    for (let looked = 0; looked < look.count && drops < look.drops && entry !== undefined; looked++) {
      if (entry.usedMs > usedBeforeMs) break;
      const { newer }: Entry = entry;
      if (missingAt(entry, nowMs) === 0) {
        drop(entry);
        drops += 1;
      }
      entry = newer;
    }
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

  return {
    find(givenKey, tier, nowMs) {
      const key = givenKey.length > maxKeyLength ? hashKey(givenKey) : givenKey;
      dropOldest(nowMs, nowMs - limits.idleMs, { count: sweepCount, drops: sweepCount });
      const known = entries.get(key);
      if (known !== undefined) {
        known.usedMs = nowMs;
        if (known !== newest) {
          unlink(known);
          linkNewest(known);
        }
        return known;
      }
      const isFull = entries.size >= limits.maxKeys;
      if (isFull && !dropOldest(nowMs, nowMs, { count: searchCount, drops: 1 })) return shareOne(tier, nowMs);
      const entry: Entry = { ...fullBucket(tier, nowMs), key, usedMs: nowMs, newer: undefined, older: undefined };
      const before = shared.get(tier);
      // The key may have been among those that shared a moment ago; what they used together counts against it.
      if (before !== undefined) entry.missing = missingAt(before, nowMs);
      entries.set(key, entry);
      linkNewest(entry);
      return entry;
    },
    stats: () => ({ keys: entries.size, dropped: droppedCount, shared: sharedCount }),
  };
}

function hashKey(key: string): string {
  return `sha256:${createHash('sha256').update(key).digest('base64url')}`;
}
