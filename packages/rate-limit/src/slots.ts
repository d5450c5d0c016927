import type { Tier } from './tiers.ts';
import type { Bucket } from './token-bucket.ts';

/** Slots of the first block; it doubles whenever it is full. */
const firstCapacity = 1_024;

/**
 * Buckets side by side in arrays of numbers, each in a numbered slot.
 *
 * A slot is read and written through the one {@link Bucket} that {@link Slots.at} points at it, so a question makes no object.
 *
 * Cost: 34 bytes a slot, and the key's own.
 */
export class Slots {
  readonly #most: number;
  #keys: (string | undefined)[] = [];
  #missing = new Float64Array(firstCapacity);
  #asOfMs = new Float64Array(firstCapacity);
  #usedMs = new Float64Array(firstCapacity);
  #tierIds = new Uint16Array(firstCapacity);
  readonly #tiers: Tier[] = [];
  readonly #free: number[] = [];
  readonly #bucket: SlotBucket;

  constructor(most: number) {
    this.#most = most;
    this.#bucket = new SlotBucket(this);
  }

  /** Slots that were ever in use; the highest is one less. */
  get length(): number {
    return this.#keys.length;
  }

  /** Takes a slot for a key; undefined when all are in use. */
  add(key: string): number | undefined {
    const slot = this.#free.pop() ?? this.#keys.length;
    if (slot >= this.#most) return undefined;
    if (slot >= this.#missing.length) this.#grow();
    this.#keys[slot] = key;
    return slot;
  }

  remove(slot: number): void {
    this.#keys[slot] = undefined;
    this.#free.push(slot);
  }

  /** Undefined for a slot that is not in use. */
  keyOf(slot: number): string | undefined {
    return this.#keys[slot];
  }

  usedMsOf(slot: number): number {
    return this.#usedMs[slot]!;
  }

  setUsedMs(slot: number, nowMs: number): void {
    this.#usedMs[slot] = nowMs;
  }

  /** The bucket of a slot, until the next call. */
  at(slot: number): Bucket {
    this.#bucket.slot = slot;
    return this.#bucket;
  }

  missingOf(slot: number): number {
    return this.#missing[slot]!;
  }

  setMissing(slot: number, missing: number): void {
    this.#missing[slot] = missing;
  }

  asOfMsOf(slot: number): number {
    return this.#asOfMs[slot]!;
  }

  setAsOfMs(slot: number, asOfMs: number): void {
    this.#asOfMs[slot] = asOfMs;
  }

  tierOf(slot: number): Tier {
    return this.#tiers[this.#tierIds[slot]!]!;
  }

  setTier(slot: number, tier: Tier): void {
    let id = this.#tiers.indexOf(tier);
    if (id < 0) id = this.#tiers.push(tier) - 1;
    this.#tierIds[slot] = id;
  }

  #grow(): void {
    const capacity = this.#missing.length * 2;
    this.#missing = copied(this.#missing, new Float64Array(capacity));
    this.#asOfMs = copied(this.#asOfMs, new Float64Array(capacity));
    this.#usedMs = copied(this.#usedMs, new Float64Array(capacity));
    const tierIds = new Uint16Array(capacity);
    tierIds.set(this.#tierIds);
    this.#tierIds = tierIds;
  }
}

function copied(from: Float64Array<ArrayBuffer>, to: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  to.set(from);
  return to;
}

/** A window on one slot. */
class SlotBucket implements Bucket {
  slot = 0;
  readonly #slots: Slots;

  constructor(slots: Slots) {
    this.#slots = slots;
  }

  get missing(): number {
    return this.#slots.missingOf(this.slot);
  }
  set missing(missing: number) {
    this.#slots.setMissing(this.slot, missing);
  }
  get asOfMs(): number {
    return this.#slots.asOfMsOf(this.slot);
  }
  set asOfMs(asOfMs: number) {
    this.#slots.setAsOfMs(this.slot, asOfMs);
  }
  get tier(): Tier {
    return this.#slots.tierOf(this.slot);
  }
  set tier(tier: Tier) {
    this.#slots.setTier(this.slot, tier);
  }
}
