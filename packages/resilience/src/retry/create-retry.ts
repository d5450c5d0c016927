import { type PolicyListener, tell } from '../policy/policy-events.ts';
import type { Policy } from '../policy/policy-types.ts';
import { createRetryBudget, type RetryBudget } from './retry-budget.ts';
import { type GiveUpReason, RetryLayer } from './retry-layer.ts';
import type { RetrySettings } from './retry-options.ts';
import { markRetriesSpent } from './spent-retries.ts';

/** Options of {@link createRetry}. */
export interface RetryPolicyOptions extends RetrySettings {
  /** What is called, for events. */
  readonly name: string;
  /** Bounds the repeats of all calls; default a budget of its own: a fifth of the calls, and an advance of 10. */
  readonly budget?: RetryBudget;
  /** Events: `repeated`, `gave_up`. */
  readonly onEvent?: PolicyListener;
}

/** Figures of a retry policy at one moment. */
export interface RetrySnapshot {
  readonly name: string;
  readonly repeats: number;
  /** Failed calls that were passed on although their error could have been repeated. */
  readonly gaveUp: number;
  /** Repeats the budget holds now. */
  readonly budgetTokens: number;
}

/** Repeats failed calls where this is harmless. */
export interface RetryPolicy extends Policy {
  snapshot(): RetrySnapshot;
}

/**
 * Makes a policy that repeats failed calls: by `decideRetry` alone, with decorrelated jitter, within a budget.
 *
 * Pauses that an error asks for are kept, none is begun that ends after the deadline of the call. An error that was repeated
 * in vain is thrown with a mark, and whoever sees the mark, also in another process, does not repeat it: of several layers
 * only the innermost repeats. All other errors are passed on unchanged.
 *
 * Cost: nothing but the call when it succeeds; one timer per pause.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for an option outside its range; `execute` throws what the
 * last try threw, and `canceled` when the signal ends a pause.
 * @example
 * const patient = createRetry({ name: 'users', idempotency: 'safe' });
 * const user = await patient.execute(({ signal }) => users.getUser({ id }, { signal }));
 */
export function createRetry(options: RetryPolicyOptions): RetryPolicy {
  const { name, onEvent } = options;
  const budget = options.budget ?? createRetryBudget({ startsInDebt: true });
  const policy = 'retry';
  let repeats = 0;
  let gaveUp = 0;
  const layer = new RetryLayer({
    ...options,
    budget,
    onRetry(attempt, delayMs, error) {
      repeats += 1;
      tell(onEvent, { policy, name, event: 'repeated', facts: { attempt, delayMs, reason: error.reason } });
    },
    atEnd(thrown, error, why) {
      if (error.retry === 'never') return thrown;
      gaveUp += 1;
      tell(onEvent, { policy, name, event: 'gave_up', facts: { why, reason: error.reason } });
      return isSpent(why, layer.maxAttempts) ? markRetriesSpent(error, why) : thrown;
    },
  });
  return Object.assign(layer, {
    snapshot: (): RetrySnapshot => ({ name, repeats, gaveUp, budgetTokens: budget.tokens }),
  });
}

/** A policy that never repeats has spent nothing. */
function isSpent(why: GiveUpReason, maxAttempts: number): why is 'attempts' | 'budget' {
  return why === 'budget' || (why === 'attempts' && maxAttempts > 1);
}
