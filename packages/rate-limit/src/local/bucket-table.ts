import type { RateLimiterStats } from '../rate-limiter.ts';
import type { Limit } from '../tiers.ts';
import { charged, refilled } from '../token-bucket.ts';
import { KeyHash } from './key-hash.ts';
import { Segment } from './segment.ts';

/** Most parts, which grow one by one, so that a table of a million keys never stops to be copied as a whole. */
const maxSegmentBits = 4;
/** Keys that are worth a part of their own. */
const keysPerSegment = 64;
/** Places looked at when idle buckets are swept; a third of them is empty at least. */
const sweepCount = 16;
/** The hand moves after this many charges of known keys: beyond the processor's cache one long step costs less than many short ones. */
const chargesPerSweep = 8;
/** Places looked at for a full bucket before a new key must share. */
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
 * Cost: one line of memory for a question; no timer, no object; 32 bytes a place, 48 to 96 bytes a key.
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

  /** What is missing from the bucket of a key; nothing, when there is none and no keys of its limit had to share lately. */
  missing(key: string, limit: Limit, nowMs: number): number {
    const segment = this.#segmentOf(key);
    const place = segment.find(this.#hash.high, this.#hash.low);
    return place < 0 ? this.#missingFromShared(limit, nowMs) : segment.missing(place, limit, nowMs);
  }

  /** Takes tokens that are there, or gives some back with a cost below 0; returns what is missing afterwards. */
  charge({ key, limit }: { readonly key: string; readonly limit: Limit }, cost: number, nowMs: number): number {
    const segment = this.#segmentOf(key);
    const { high, low } = this.#hash;
    const place = segment.find(high, low);
    if (place >= 0) {
      const missing = charged(limit, segment.missing(place, limit, nowMs), cost);
      segment.write(place, missing, nowMs);
      segment.setRate(place, limit.limitPerMinute);
      this.#charges = (this.#charges + 1) % chargesPerSweep;
      if (this.#charges === 0) this.#sweep(nowMs, nowMs - this.#idleMs, sweepCount);
      return missing;
    }
    const missing = charged(limit, this.#missingFromShared(limit, nowMs), cost);
    if (missing === 0) return missing;
    if (this.#hasRoom(nowMs)) {
      this.#keys += 1;
      const added = segment.add(high, low);
      segment.write(added, missing, nowMs);
      segment.setRate(added, limit.limitPerMinute);
    } else {
      this.#sharedCount += 1;
      this.#shared.set(nameOf(limit), { missing, asOfMs: nowMs });
    }
    return missing;
  }

  stats(): RateLimiterStats {
    return { keys: this.#keys, dropped: this.#dropped, shared: this.#sharedCount };
  }

  #segmentOf(key: string): Segment {
    this.#hash.of(key);
    // In two steps, because a shift by 32 is a shift by none.
    return this.#segments[(this.#hash.high >>> 1) >>> this.#shift]!;
  }

  #missingFromShared(limit: Limit, nowMs: number): number {
    if (this.#shared.size === 0) return 0;
    const bucket = this.#shared.get(nameOf(limit));
    return bucket === undefined ? 0 : refilled(bucket.missing, nowMs - bucket.asOfMs, limit.limitPerMinute);
  }

  #hasRoom(nowMs: number): boolean {
    this.#sweep(nowMs, nowMs - this.#idleMs, sweepCount);
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
