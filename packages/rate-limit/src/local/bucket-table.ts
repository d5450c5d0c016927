import type { RateLimiterStats } from '../rate-limiter.ts';
import type { Limit } from '../tiers.ts';
import { charged, refilled } from '../token-bucket.ts';
import { Bucket } from './bucket.ts';
import { KeyHash } from './key-hash.ts';
import { Segment } from './segment.ts';

/** Most parts, which grow one by one, so that a table of a million keys never stops to be copied as a whole. */
const maxSegmentBits = 4;
/** Keys that are worth a part of their own. */
const keysPerSegment = 64;
/** The hand moves after this many charges of known keys: beyond the processor's cache one long step costs less than many short ones. */
const chargesPerSweep = 8;
/** Places looked at then; a third of them is empty at least. */
const sweepCount = 16;
/** Places looked at for idle buckets when a key is new, and for full ones before it must share. */
const searchCount = 16;

interface SharedBucket {
  missing: number;
  asOfMs: number;
}

/**
 * A bounded set of buckets by key, which drops only full ones, and that is the same as keeping them.
 *
 * A hand goes round over all places, some at every eighth charge and at each new key: a bucket goes when it is full and was not charged for
 * `idleMs`, or when it is full and its place is needed. When the table is full of buckets in use, new keys of a limit share
 * one bucket: inventing keys wins nothing, and memory stays bounded. A key that gets a bucket of its own afterwards starts
 * with what is missing from the shared one.
 *
 * Cost: one line of memory and one object for a question; no timer; 32 bytes a place, 48 to 96 bytes a key.
 */
export class BucketTable {
  readonly #maxKeys: number;
  readonly #idleMs: number;
  readonly #segments: readonly Segment[];
  /** Bits of a hash that are left when those that choose the segment are gone. */
  readonly #shift: number;
  readonly #hash = new KeyHash();
  readonly #shared = new Map<string, SharedBucket>();
  #keys = 0;
  #dropped = 0;
  #sharedCount = 0;
  /** Of known keys, since the last sweep. */
  #charges = 0;
  #handSegment = 0;
  #handPlace = 0;

  constructor({ maxKeys, idleMs }: { readonly maxKeys: number; readonly idleMs: number }) {
    this.#maxKeys = maxKeys;
    this.#idleMs = idleMs;
    const bits = Math.min(maxSegmentBits, Math.floor(Math.log2(Math.max(1, maxKeys / keysPerSegment))));
    this.#shift = 31 - bits;
    this.#segments = Array.from({ length: 2 ** bits }, () => new Segment());
  }

  /** Looks at the bucket of a key; nothing is missing when there is none and no keys of its limit had to share lately. */
  look(key: string, limit: Limit, nowMs: number): Bucket {
    const hash = this.#hash;
    hash.of(key);
    // In two steps, because a shift by 32 is a shift by none.
    const segment = this.#segments[(hash.high >>> 1) >>> this.#shift]!;
    const bucket = new Bucket(segment, hash, limit);
    bucket.missing =
      bucket.place < 0 ? this.#missingFromShared(limit, nowMs) : segment.missing(bucket.place, limit, nowMs);
    return bucket;
  }

  /** Takes tokens that are there, or gives some back with a cost below 0; what is missing afterwards stands in the bucket. */
  charge(bucket: Bucket, cost: number, nowMs: number): void {
    const { segment, limit } = bucket;
    const place = bucket.placeNow();
    if (place >= 0) {
      bucket.missing = charged(limit, segment.missing(place, limit, nowMs), cost);
      segment.write(place, bucket.missing, nowMs);
      segment.setRate(place, limit.limitPerMinute);
      this.#charges = (this.#charges + 1) % chargesPerSweep;
      if (this.#charges === 0) this.#sweep(nowMs, nowMs - this.#idleMs, sweepCount);
      return;
    }
    bucket.missing = charged(limit, this.#missingFromShared(limit, nowMs), cost);
    if (bucket.missing === 0) return;
    if (this.#hasRoom(nowMs)) {
      this.#keys += 1;
      const added = segment.add(bucket.high, bucket.low);
      segment.write(added, bucket.missing, nowMs);
      segment.setRate(added, limit.limitPerMinute);
    } else {
      this.#sharedCount += 1;
      this.#shared.set(nameOf(limit), { missing: bucket.missing, asOfMs: nowMs });
    }
  }

  stats(): RateLimiterStats {
    return { keys: this.#keys, dropped: this.#dropped, shared: this.#sharedCount };
  }

  #missingFromShared(limit: Limit, nowMs: number): number {
    if (this.#shared.size === 0) return 0;
    const bucket = this.#shared.get(nameOf(limit));
    return bucket === undefined ? 0 : refilled(bucket.missing, nowMs - bucket.asOfMs, limit.limitPerMinute);
  }

  #hasRoom(nowMs: number): boolean {
    this.#sweep(nowMs, nowMs - this.#idleMs, searchCount);
    if (this.#keys < this.#maxKeys) return true;
    this.#sweep(nowMs, nowMs, searchCount);
    return this.#keys < this.#maxKeys;
  }

  /** Moves the hand over some places and drops full buckets that were last charged before a moment. */
  #sweep(nowMs: number, usedBeforeMs: number, count: number): void {
    for (let looked = 0; looked < count; looked++) {
      const segment = this.#segments[this.#handSegment]!;
      if (this.#handPlace >= segment.length) {
        this.#handPlace = 0;
        this.#handSegment = (this.#handSegment + 1) % this.#segments.length;
        continue;
      }
      if (!segment.isIdle(this.#handPlace, nowMs, usedBeforeMs)) {
        this.#handPlace += 1;
        continue;
      }
      // Another bucket may have moved here, so the hand stays.
      segment.remove(this.#handPlace);
      this.#keys -= 1;
      this.#dropped += 1;
    }
  }
}

function nameOf({ limitPerMinute, burst }: Limit): string {
  return `${limitPerMinute}/${burst}`;
}
