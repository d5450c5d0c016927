import { LatencyEstimate } from './latency-estimate.ts';

/** Durations count for one to two of these. */
const windowMs = 60_000;
/** Calls that must be known; before, none is hopeless. */
const minimumCount = 100;
/** A call needs at least what this share of the calls did not exceed. */
const share = 0.01;
/** Of the hopeless calls one in so many is made all the same, so that better times are noticed. */
const probeEvery = 10;

/**
 * Knows from the calls made how long one takes at the least, and says which have no chance to end in time.
 *
 * Only answers count: a call that was cut off says nothing about how long it would have taken. What is known is
 * forgotten when no answer came for two windows.
 *
 * Cost: 1.6 kB; a comparison a call.
 */
export class LeastTime {
  readonly #durations = new LatencyEstimate({ windowMs, minimumCount });
  #lastAnswerMs = Number.NEGATIVE_INFINITY;
  #hopeless = 0;

  /** Tells of an answer. */
  record(nowMs: number, durationMs: number): void {
    this.#lastAnswerMs = nowMs;
    this.#durations.record(nowMs, durationMs);
  }

  /**
   * Asks before a call is made.
   *
   * @param leftMs - time until its deadline; `Infinity` without one.
   * @returns the milliseconds that 99 of 100 calls need, when fewer are left and the call is not to be made; else undefined.
   */
  lack(nowMs: number, leftMs: number): number | undefined {
    const leastMs = this.#durations.quantile(share);
    if (leastMs === undefined || leftMs >= leastMs || nowMs - this.#lastAnswerMs > 2 * windowMs) return undefined;
    this.#hopeless += 1;
    return this.#hopeless % probeEvery === 0 ? undefined : leastMs;
  }
}
