import type { PlatformError } from '@mainstay/kernel';
import type { Idempotency } from '../policy/policy-types.ts';
import { areRetriesSpent } from './spent-retries.ts';

/** All that the decision depends on. */
export interface RetryQuestion {
  readonly error: PlatformError;
  readonly idempotency: Idempotency;
  /** Tries made so far, 1 after the first. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Pause that the back-off would make, in milliseconds. */
  readonly delayMs: number;
  /** Longest pause anybody is ready to make, in milliseconds. */
  readonly maxWaitMs: number;
  /** Time left until the deadline, in milliseconds; `Infinity` without one. */
  readonly remainingMs: number;
}

/** Why a call is not repeated. */
export type NoRetryReason = 'never' | 'not_idempotent' | 'attempts' | 'wait_too_long' | 'deadline' | 'spent_below';

/** Repeat after a pause, or not and why. */
export type RetryDecision =
  | { readonly retry: true; readonly delayMs: number }
  | { readonly retry: false; readonly why: NoRetryReason };

/**
 * Decides whether a failed call may be made again.
 *
 * `retry: never` wins over everything. What did not run may be repeated; what ran, or may have run, only when the method is
 * safe or carries a key. A pause asked for by the error is kept, and a pause that would end after the deadline is not begun.
 * What a layer further in has repeated in vain is not repeated again, so that layers never multiply.
 */
export function decideRetry(question: RetryQuestion): RetryDecision {
  const { error, idempotency } = question;
  if (error.retry === 'never') return { retry: false, why: 'never' };
  if (error.executed !== 'no' && idempotency === 'none') return { retry: false, why: 'not_idempotent' };
  if (areRetriesSpent(error)) return { retry: false, why: 'spent_below' };
  if (question.attempt >= question.maxAttempts) return { retry: false, why: 'attempts' };
  const delayMs = Math.max(question.delayMs, error.retryAfterMs ?? 0);
  if (delayMs > question.maxWaitMs) return { retry: false, why: 'wait_too_long' };
  if (delayMs >= question.remainingMs) return { retry: false, why: 'deadline' };
  return { retry: true, delayMs };
}
