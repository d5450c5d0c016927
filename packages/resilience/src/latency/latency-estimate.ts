/** Eight slots for each doubling: a quantile is at most 9.1 % above the true one. */
const slotsPerDoubling = 8;
const smallestMs = 0.05;
const slotCount = 200;
/** Answers are worked out again after so many new durations, not at each question. */
const refreshEvery = 32;

/**
 * Estimates quantiles of durations as they come in, of the last one to two windows.
 *
 * Durations are counted in slots that grow by a twelfth, in two generations: the running window and the one before.
 *
 * Cost: 1.6 kB, a logarithm a duration; a quantile is remembered for 32 durations.
 */
export class LatencyEstimate {
  readonly #windowMs: number;
  readonly #minimumCount: number;
  #current = new Uint32Array(slotCount);
  #previous = new Uint32Array(slotCount);
  #currentCount = 0;
  #previousCount = 0;
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #newCount = refreshEvery;
  #askedFor = -1;
  #answer: number | undefined;

  /** @param options - `minimumCount`: durations that must be known before there is an answer. */
  constructor(options: { readonly windowMs: number; readonly minimumCount: number }) {
    this.#windowMs = options.windowMs;
    this.#minimumCount = options.minimumCount;
  }

  record(nowMs: number, durationMs: number): void {
    const ageMs = nowMs - this.#windowStartMs;
    if (ageMs >= this.#windowMs) this.#rotate(nowMs, ageMs >= 2 * this.#windowMs);
    this.#current[slotOf(durationMs)]! += 1;
    this.#currentCount += 1;
    this.#newCount += 1;
  }

  /**
   * Milliseconds that this share of the calls did not exceed; undefined while too few are known.
   *
   * @param share - above 0 to 1.
   */
  quantile(share: number): number | undefined {
    if (this.#newCount >= refreshEvery || this.#askedFor !== share) {
      this.#answer = this.#workOut(share);
      this.#askedFor = share;
      this.#newCount = 0;
    }
    return this.#answer;
  }

  #workOut(share: number): number | undefined {
    const count = this.#currentCount + this.#previousCount;
    if (count < this.#minimumCount) return undefined;
    let left = Math.ceil(share * count);
    for (let slot = 0; slot < slotCount; slot++) {
      left -= this.#current[slot]! + this.#previous[slot]!;
      if (left <= 0) return upperBoundMs(slot);
    }
    return upperBoundMs(slotCount - 1);
  }

  #rotate(nowMs: number, isAllOld: boolean): void {
    [this.#current, this.#previous] = [this.#previous, this.#current];
    this.#previousCount = this.#currentCount;
    this.#current.fill(0);
    this.#currentCount = 0;
    if (isAllOld) {
      this.#previous.fill(0);
      this.#previousCount = 0;
    }
    this.#windowStartMs = nowMs;
    this.#newCount = refreshEvery;
  }
}

function slotOf(durationMs: number): number {
  if (!(durationMs > smallestMs)) return 0;
  return Math.min(slotCount - 1, Math.ceil(Math.log2(durationMs / smallestMs) * slotsPerDoubling));
}

function upperBoundMs(slot: number): number {
  return smallestMs * 2 ** (slot / slotsPerDoubling);
}
