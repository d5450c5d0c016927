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
  const ratio = shareAboveZero('retryBudget.ratio', options.ratio ?? 0.2);
  const maxTokens = positive('retryBudget.maxTokens', options.maxTokens ?? 10);
  let tokens = maxTokens;
  let debt = options.startsInDebt === true ? maxTokens : 0;
  return {
    deposit() {
      if (debt > 1e-9) debt -= ratio;
      else tokens = Math.min(maxTokens, tokens + ratio);
    },
    withdraw() {
      // Five deposits of 0.2 make a hair less than 1 in floating point.
      if (tokens < 1 - 1e-9) return false;
      tokens = Math.max(0, tokens - 1);
      return true;
    },
    get tokens() {
      return tokens;
    },
  };
}
