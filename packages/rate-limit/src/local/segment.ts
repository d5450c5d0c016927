import type { Limit } from '../tiers.ts';
import { refilled } from '../token-bucket.ts';

// A place is 32 bytes, half a line of the processor's cache: low and high bits of the key, what is missing, as of when,
// at which rate. Places lie one behind the other, and a key stands at its own or at one of the next.
const wordsPerPlace = 8;
const numbersPerPlace = 4;
const lowAt = 0;
const highAt = 1;
const missingAt = 1;
const asOfAt = 2;
const rateAt = 6;

const firstPlaces = 8;

/** A part of the buckets, in one block of memory; it doubles when it is two thirds full. */
export class Segment {
  #words: Int32Array;
  #numbers: Float64Array;
  #floats: Float32Array;
  #mask = firstPlaces - 1;
  #count = 0;

  constructor() {
    const block = new ArrayBuffer(firstPlaces * wordsPerPlace * 4);
    this.#words = new Int32Array(block);
    this.#numbers = new Float64Array(block);
    this.#floats = new Float32Array(block);
  }

  get count(): number {
    return this.#count;
  }

  /** Places, filled or not. */
  get length(): number {
    return this.#mask + 1;
  }

  /** Place of a key, or -1. */
  find(high: number, low: number): number {
    const words = this.#words;
    const mask = this.#mask;
    for (let place = low & mask; ; place = (place + 1) & mask) {
      const at = place * wordsPerPlace;
      const found = words[at + lowAt]!;
      if (found === low && words[at + highAt] === high) return place;
      if (found === 0) return -1;
    }
  }

  isAt(place: number, high: number, low: number): boolean {
    const at = place * wordsPerPlace;
    return this.#words[at + lowAt] === low && this.#words[at + highAt] === high;
  }

  /** Adds a key that is not there. */
  add(high: number, low: number): number {
    if ((this.#count + 1) * 3 > this.length * 2) this.#grow();
    this.#count += 1;
    return this.#claim(high, low);
  }

  /** Whether the bucket at a place is full and was not used since a moment. */
  isIdle(place: number, nowMs: number, usedBeforeMs: number): boolean {
    if (this.#words[place * wordsPerPlace + lowAt] === 0) return false;
    const at = place * numbersPerPlace;
    const asOfMs = this.#numbers[at + asOfAt]!;
    if (asOfMs > usedBeforeMs) return false;
    return (
      refilled(this.#numbers[at + missingAt]!, nowMs - asOfMs, this.#floats[place * wordsPerPlace + rateAt]!) === 0
    );
  }

  /** What is missing at a place under a limit; the time before a change of the limit counts at the old rate. */
  missing(place: number, limit: Limit, nowMs: number): number {
    const at = place * numbersPerPlace;
    const stored = this.#numbers[at + missingAt]!;
    const elapsedMs = nowMs - this.#numbers[at + asOfAt]!;
    const rate = this.#floats[place * wordsPerPlace + rateAt]!;
    const isSame = rate === Math.fround(limit.limitPerMinute);
    const missing = refilled(stored, elapsedMs, isSame ? limit.limitPerMinute : rate);
    return Math.min(missing, limit.burst);
  }

  write(place: number, missing: number, nowMs: number): void {
    const at = place * numbersPerPlace;
    this.#numbers[at + missingAt] = missing;
    if (nowMs > this.#numbers[at + asOfAt]!) this.#numbers[at + asOfAt] = nowMs;
  }

  setRate(place: number, limitPerMinute: number): void {
    this.#floats[place * wordsPerPlace + rateAt] = limitPerMinute;
  }

  /** Empties a place and moves those up that stand behind theirs because of it. */
  remove(place: number): void {
    const words = this.#words;
    const mask = this.#mask;
    let hole = place;
    for (let next = (hole + 1) & mask; words[next * wordsPerPlace + lowAt] !== 0; next = (next + 1) & mask) {
      const own = words[next * wordsPerPlace + lowAt]! & mask;
      // It may move only if its own place is not between the hole and where it stands.
      if (((next - own) & mask) < ((next - hole) & mask)) continue;
      words.copyWithin(hole * wordsPerPlace, next * wordsPerPlace, (next + 1) * wordsPerPlace);
      hole = next;
    }
    words.fill(0, hole * wordsPerPlace, (hole + 1) * wordsPerPlace);
    this.#count -= 1;
  }

  #claim(high: number, low: number): number {
    const mask = this.#mask;
    let place = low & mask;
    while (this.#words[place * wordsPerPlace + lowAt] !== 0) place = (place + 1) & mask;
    this.#words[place * wordsPerPlace + lowAt] = low;
    this.#words[place * wordsPerPlace + highAt] = high;
    return place;
  }

  #grow(): void {
    const before = this.#words;
    const block = new ArrayBuffer(before.byteLength * 2);
    this.#words = new Int32Array(block);
    this.#numbers = new Float64Array(block);
    this.#floats = new Float32Array(block);
    this.#mask = this.length * 2 - 1;
    for (let at = 0; at < before.length; at += wordsPerPlace) {
      if (before[at + lowAt] === 0) continue;
      const place = this.#claim(before[at + highAt]!, before[at + lowAt]!);
      this.#words.set(before.subarray(at, at + wordsPerPlace), place * wordsPerPlace);
    }
  }
}
