/** How a {@link Baseline} learns and judges. */
export interface BaselineSettings {
  /** Length of one period in milliseconds. */
  readonly periodMs: number;
  /** Calls a period needs to be learned from. */
  readonly minimumCalls: number;
  /** Periods that the memory reaches back, about. */
  readonly memoryPeriods: number;
  /** Standard deviations above the average that are still usual. */
  readonly deviations: number;
  /** A share of failures below this is never unusual. */
  readonly minimumRatio: number;
}

/** Periods that must have been seen before the baseline says anything. */
const firstPeriods = 5;

/**
 * Learns which share of failures is usual for a dependency: the average and its standard deviation over many periods.
 *
 * Both are exponentially weighted, so the memory has a fixed size and old periods fade. Only what is recorded teaches:
 * the circuit records while it is closed, so an outage is no part of what is usual.
 */
export class Baseline {
  readonly #settings: BaselineSettings;
  readonly #weight: number;
  #periodStartMs = Number.NEGATIVE_INFINITY;
  #calls = 0;
  #failures = 0;
  #periods = 0;
  #average = 0;
  #variance = 0;

  constructor(settings: BaselineSettings) {
    this.#settings = settings;
    this.#weight = 2 / (settings.memoryPeriods + 1);
  }

  record(nowMs: number, failed: boolean): void {
    if (nowMs - this.#periodStartMs >= this.#settings.periodMs) this.#beginPeriod(nowMs);
    this.#calls += 1;
    if (failed) this.#failures += 1;
  }

  /** Forgets the period that is running, for example because the circuit opened in it. */
  dropPeriod(): void {
    this.#calls = 0;
    this.#failures = 0;
    this.#periodStartMs = Number.NEGATIVE_INFINITY;
  }

  /** Share of failures from which on it is unusual; `Infinity` before five periods were learned. */
  get unusualRatio(): number {
    if (this.#periods < firstPeriods) return Number.POSITIVE_INFINITY;
    const { deviations, minimumRatio } = this.#settings;
    return Math.max(minimumRatio, this.#average + deviations * Math.sqrt(this.#variance));
  }

  #beginPeriod(nowMs: number): void {
    if (this.#calls >= this.#settings.minimumCalls) this.#learn(this.#failures / this.#calls);
    this.#periodStartMs = nowMs;
    this.#calls = 0;
    this.#failures = 0;
  }

  #learn(ratio: number): void {
    this.#periods += 1;
    // The first periods weigh as in a plain average; otherwise the very first one would be remembered for long.
    const weight = Math.max(this.#weight, 1 / this.#periods);
    const difference = ratio - this.#average;
    this.#average += weight * difference;
    this.#variance = (1 - weight) * (this.#variance + weight * difference * difference);
  }
}
