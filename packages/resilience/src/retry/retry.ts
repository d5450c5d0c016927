import type { Deadline, PlatformError } from '@mainstay/kernel';
import type { RetryBudget } from './retry-budget.ts';
import { RetryLayer } from './retry-layer.ts';
import type { RetrySettings } from './retry-options.ts';

/** Options of {@link retry}. */
export interface RetryOptions extends RetrySettings {
  /** No pause is begun that would end after it; default the deadline of the current call context. */
  readonly deadline?: Deadline | undefined;
  /** Ends the pauses; the function gets it too. */
  readonly signal?: AbortSignal | undefined;
  /** Bounds the repeats of many calls together; default none. */
  readonly budget?: RetryBudget | undefined;
  /** Told before each pause. */
  readonly onRetry?: (event: {
    readonly attempt: number;
    readonly delayMs: number;
    readonly error: PlatformError;
  }) => void;
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
 * time limit: give the function one of its own. For many calls to one dependency use `createRetry`, which has a budget.
 *
 * Cost: nothing but the call when it succeeds; one timer per pause.
 *
 * @throws what the last try threw, as a {@link PlatformError}; `canceled` when the signal ends a pause.
 * @example
 * const user = await retry(() => users.getUser({ id }), { idempotency: 'safe' });
 */
export async function retry<T>(run: (attempt: RetryAttempt) => Promise<T>, options: RetryOptions): Promise<T> {
  const { signal, deadline, onRetry } = options;
  const layer = new RetryLayer({
    ...options,
    budget: options.budget,
    onRetry: (attempt, delayMs, error) => onRetry?.({ attempt, delayMs, error }),
    atEnd: (_thrown, error) => error,
  });
  return await layer.execute(({ attempt }) => run({ attempt, signal }), { signal, deadline });
}
