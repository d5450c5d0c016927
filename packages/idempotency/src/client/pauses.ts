import { type Clock, optionError, systemClock } from '@mainstay/kernel';
import { nextDelayMs } from '@mainstay/resilience';

/** How a client waits between the attempts of one keyed call. */
export interface PauseOptions {
  /** All attempts together, 1 or more, default 10. */
  readonly maxAttempts?: number;
  /** Shortest pause in milliseconds, default 100. The pauses grow on average threefold and are random. */
  readonly baseDelayMs?: number;
  /** Longest pause of the back-off in milliseconds, default 5,000. */
  readonly maxDelayMs?: number;
  /** Longest pause that an answer may ask for in milliseconds, default 30,000; after a longer one the answer is passed on. */
  readonly maxWaitMs?: number;
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock;
  /** From 0 to below 1, default `Math.random`. */
  readonly random?: () => number;
}

/** Pauses of one call: each is at least what the other side asked for. */
export interface Pauses {
  /** Waits before the next attempt. @returns false at once when there is to be none. */
  next(askedMs: number | undefined): Promise<boolean>;
}

/** Makes the pauses of one call. */
export function createPauses(options: PauseOptions): Pauses {
  const { maxAttempts = 10, baseDelayMs = 100, maxDelayMs = 5_000, maxWaitMs = 30_000, signal } = options;
  const { clock = systemClock, random = Math.random } = options;
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1) {
    throw optionError('maxAttempts', 'an integer of at least 1', maxAttempts);
  }
  let attempts = 1;
  let previousMs: number | undefined;
  return {
    async next(askedMs = 0) {
      if (attempts >= maxAttempts || askedMs > maxWaitMs) return false;
      attempts += 1;
      previousMs = nextDelayMs(previousMs, { baseDelayMs, maxDelayMs, random });
      await clock.sleep(Math.max(previousMs, askedMs), signal);
      return true;
    },
  };
}
