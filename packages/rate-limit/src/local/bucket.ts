import type { Level } from '../decision.ts';
import type { Limit } from '../tiers.ts';
import type { KeyHash } from './key-hash.ts';
import type { Segment } from './segment.ts';

/** The bucket of a key as it was found, so that charging it does not look for it a second time. */
export class Bucket implements Level {
  readonly segment: Segment;
  readonly limit: Limit;
  readonly high: number;
  readonly low: number;
  /** Where it stood; -1 when there was none. */
  readonly place: number;
  missing = 0;

  constructor(segment: Segment, { high, low }: KeyHash, limit: Limit) {
    this.segment = segment;
    this.limit = limit;
    this.high = high;
    this.low = low;
    this.place = segment.find(high, low);
  }

  /** Where it stands now: others that came or went meanwhile may have moved or made it. */
  placeNow(): number {
    const { segment, place, high, low } = this;
    return place >= 0 && segment.isAt(place, high, low) ? place : segment.find(high, low);
  }
}
