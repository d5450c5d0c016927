import type { Clock } from '@mainstay/kernel';

/** How long the distance between the two clocks is believed, in milliseconds; headers tell of seconds. */
const lookMs = 100;

/** Tells the wall clock's time from the monotonic one's, and so reads it ten times a second at most. */
export class WallClock {
  readonly #clock: Clock;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #aheadMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param monotonicMs - what the monotonic clock says now. */
  at(monotonicMs: number): number {
    if (monotonicMs - this.#lookedMs >= lookMs) {
      this.#aheadMs = this.#clock.nowMs() - monotonicMs;
      this.#lookedMs = monotonicMs;
    }
    return monotonicMs + this.#aheadMs;
  }
}
