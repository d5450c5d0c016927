import {
  type Clock,
  type Deadline,
  kernelReasons,
  PlatformError,
  remainingMs,
  systemClock,
  toPlatformError,
} from '@mainstay/kernel';
import { positive, wholeNumber } from '../check-number.ts';
import { nextDelayMs } from './backoff.ts';
import { decideRetry, type Idempotency } from './decide-retry.ts';
import type { RetryBudget } from './retry-budget.ts';

/** Options of {@link retry}. */
export interface RetryOptions {
  /** What makes repeating harmless; with `none` only what did not run is repeated. */
  readonly idempotency: Idempotency;
  /** All tries together, default 3; 1 never repeats. */
  readonly maxAttempts?: number;
  /** Shortest pause in milliseconds, default 50. */
  readonly baseDelayMs?: number;
  /** Longest pause of the back-off in milliseconds, default 2,000. */
  readonly maxDelayMs?: number;
  /** Longest pause an error may ask for in milliseconds, default 10,000; for longer ones the error is passed on at once. */
  readonly maxWaitMs?: number;
  /** No pause is begun that would end after it. */
  readonly deadline?: Deadline | undefined;
  /** Ends the pauses; the function gets it too. */
  readonly signal?: AbortSignal | undefined;
  /** Bounds the repeats of many calls together; default none. */
  readonly budget?: RetryBudget | undefined;
  /** Turns what was thrown into a PlatformError that says whether to repeat; default `toPlatformError`. */
  readonly toError?: (thrown: unknown) => PlatformError;
  /** Told before each pause. */
  readonly onRetry?: (event: {
    readonly attempt: number;
    readonly delayMs: number;
    readonly error: PlatformError;
  }) => void;
  readonly clock?: Clock;
  /** From 0 to below 1, default `Math.random`. */
  readonly random?: () => number;
}

/** What a try is told. */
export interface RetryAttempt {
  /** 1 at the first try. */
  readonly attempt: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Calls a function again while its errors say that this is harmless and makes sense.
 *
 * Whether to repeat is decided by `decideRetry` alone; the last error is thrown as it came. Repeats do not add a
 * time limit: give the function one of its own.
 *
 * Cost: nothing but the call when it succeeds; one timer per pause.
 *
 * @throws what the last try threw, as a {@link PlatformError}; `canceled` when the signal ends a pause.
 * @example
 * const user = await retry(() => users.getUser({ id }), { idempotency: 'safe' });
 */
export async function retry<T>(run: (attempt: RetryAttempt) => Promise<T>, options: RetryOptions): Promise<T> {
  const clock = options.clock ?? systemClock;
  const toError = options.toError ?? toPlatformError;
  const maxAttempts = wholeNumber('retry.maxAttempts', options.maxAttempts ?? 3, 1);
  const baseDelayMs = positive('retry.baseDelayMs', options.baseDelayMs ?? 50);
  const maxDelayMs = positive('retry.maxDelayMs', options.maxDelayMs ?? 2_000);
  const backoff = { baseDelayMs, maxDelayMs: Math.max(baseDelayMs, maxDelayMs), random: options.random ?? Math.random };
  const maxWaitMs = options.maxWaitMs ?? 10_000;
  if (options.signal?.aborted) throw notStarted(options.signal.reason);
  options.budget?.deposit();
  let pauseMs: number | undefined;
  for (let attempt = 1; ; attempt++) {
    try {
      return await run({ attempt, signal: options.signal });
    } catch (thrown) {
      const error = toError(thrown);
      pauseMs = nextDelayMs(pauseMs, backoff);
      const left = remainingMs(options.deadline, clock);
      const decision = decideRetry({
        ...options,
        error,
        attempt,
        maxAttempts,
        delayMs: pauseMs,
        maxWaitMs,
        remainingMs: left,
      });
      if (!decision.retry || options.signal?.aborted || options.budget?.withdraw() === false) throw error;
      options.onRetry?.({ attempt, delayMs: decision.delayMs, error });
      await pause(clock, decision.delayMs, options.signal);
    }
  }
}

/** Whatever the signal says of the work it ended, this call never began. */
function notStarted(reason: unknown): PlatformError {
  return new PlatformError(kernelReasons.CANCELED, 'the call was canceled before its first try', {
    executed: 'no',
    cause: reason,
  });
}

async function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await clock.sleep(ms, signal);
  } catch (reason) {
    throw toPlatformError(reason);
  }
}
