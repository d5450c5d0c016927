import { positive, shareAboveZero } from '../check-number.ts';

/** Options of {@link createRetryBudget}. */
export interface RetryBudgetOptions {
  /** Repeats allowed per first try, default 0.2: at most a fifth more load on something that already fails. */
  readonly ratio?: number;
  /** Repeats that may be saved up, and that a fresh budget holds, default 10. */
  readonly maxTokens?: number;
  /**
   * What a fresh budget holds is an advance: the first calls pay it back before they save anything. So the repeats never
   * exceed `ratio` of all calls ever made, once there were enough calls for the advance. Default false.
   */
  readonly startsInDebt?: boolean;
}

/** Bounds the repeats of many calls together; share one per dependency. */
export interface RetryBudget {
  /** Tells of a first try. */
  deposit(): void;
  /** Takes leave for one repeat; false when none is left. */
  withdraw(): boolean;
  readonly tokens: number;
}

/** Makes a budget: every first try adds `ratio` of a token, every repeat takes one. */
export function createRetryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  return new TokenBudget(
    shareAboveZero('retryBudget.ratio', options.ratio ?? 0.2),
    positive('retryBudget.maxTokens', options.maxTokens ?? 10),
    options.startsInDebt === true,
  );
}

// A class, because numbers with fractions change in place in its fields; as variables of a closure each is a new object.
class TokenBudget implements RetryBudget {
  readonly #ratio: number;
  readonly #maxTokens: number;
  #tokens: number;
  #debt: number;

  constructor(ratio: number, maxTokens: number, startsInDebt: boolean) {
    this.#ratio = ratio;
    this.#maxTokens = maxTokens;
    this.#tokens = maxTokens;
    this.#debt = startsInDebt ? maxTokens : 0;
  }

  get tokens(): number {
    return this.#tokens;
  }

  deposit(): void {
    if (this.#debt > 1e-9) this.#debt -= this.#ratio;
    else if (this.#tokens < this.#maxTokens) this.#tokens = Math.min(this.#maxTokens, this.#tokens + this.#ratio);
  }

  withdraw(): boolean {
    // Five deposits of 0.2 make a hair less than 1 in floating point.
    if (this.#tokens < 1 - 1e-9) return false;
    this.#tokens = Math.max(0, this.#tokens - 1);
    return true;
  }
}
