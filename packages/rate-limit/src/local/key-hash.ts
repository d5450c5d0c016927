import { randomBytes } from 'node:crypto';

const seeds = randomBytes(8);
const firstSeed = seeds.readUInt32LE(0);
const secondSeed = seeds.readUInt32LE(4);

/**
 * 64 bits that stand for a key, in two fields so that no object is made.
 *
 * Two of a million keys meet with a probability of one in forty million, and then share a bucket. The bits differ from
 * process to process, so nobody can prepare keys that meet.
 */
export class KeyHash {
  high = 0;
  /** Never 0. */
  low = 0;
  #key = '';

  /** Asked twice in a row for the same key it has nothing to do. */
  of(key: string): void {
    if (key === this.#key && this.low !== 0) return;
    this.#key = key;
    let a = firstSeed | 0;
    let b = secondSeed | 0;
    for (let i = 0; i < key.length; i++) {
      const unit = key.charCodeAt(i);
      a = Math.imul(a ^ unit, 0x2c1b3c6d);
      a ^= a >>> 15;
      b = Math.imul((b << 7) ^ (b >>> 25) ^ unit, 0x297a2d39) + a;
    }
    // Every bit of the one reaches every bit of the other.
    a = Math.imul(a ^ (b >>> 16), 0x7feb352d);
    b = Math.imul(b ^ (a >>> 15), 0x846ca68b);
    a ^= Math.imul(b ^ (b >>> 13), 0x9e3779b1);
    this.high = (a ^ (a >>> 16)) >>> 0;
    this.low = (b ^ (b >>> 16)) >>> 0 || 1;
  }
}
