import { randomBytes } from 'node:crypto';

const seeds = randomBytes(8);
const firstSeed = seeds.readInt32LE(0);
const secondSeed = seeds.readInt32LE(4);

/**
 * 64 bits that stand for a key, in two fields of 32 with a sign: integers that the engine keeps without an object.
 *
 * Two of a million keys meet with a probability of one in forty million, and then share a bucket. The bits differ from
 * process to process, so nobody can prepare keys that meet.
 */
export class KeyHash {
  high = 0;
  /** Never 0. */
  low = 0;

  of(key: string): void {
    let a = firstSeed;
    let b = secondSeed;
    for (let i = 0; i < key.length; i++) {
      const unit = key.charCodeAt(i);
      a = Math.imul(a ^ unit, 0x2c1b3c6d);
      a ^= a >>> 15;
      // Cut to 32 bits, or it becomes a number with fractions, which takes twice the time.
      b = (Math.imul((b << 7) ^ (b >>> 25) ^ unit, 0x297a2d39) + a) | 0;
    }
    // Every bit of the one reaches every bit of the other.
    a = Math.imul(a ^ (b >>> 16), 0x7feb352d);
    b = Math.imul(b ^ (a >>> 15), 0x846ca68b);
    a ^= Math.imul(b ^ (b >>> 13), 0x9e3779b1);
    this.high = a ^ (a >>> 16);
    this.low = b ^ (b >>> 16) || 1;
  }
}
