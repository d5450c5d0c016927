import { PlatformError } from '@mainstay/kernel';

/** Key of the mark in an error's metadata; metadata crosses processes, so layers of other processes see it too. */
const mark = 'retries_spent';

/** Tells whether a layer further in has repeated this call and given up, so that nobody should repeat it once more. */
export function areRetriesSpent(error: PlatformError): boolean {
  return Object.hasOwn(error.metadata, mark);
}

/**
 * Gives the same error with the mark that repeating was tried further in and is over.
 *
 * The original becomes the cause. For layers that repeat calls on their own, without `retry` or `createRetry`.
 *
 * @param why - what ended it: all tries made, or nothing left in the budget.
 */
export function markRetriesSpent(error: PlatformError, why: 'attempts' | 'budget'): PlatformError {
  if (areRetriesSpent(error)) return error;
  const { reason: name, code, executed, retry, retryAfterMs, httpStatus, violations } = error;
  return new PlatformError({ name, code, executed, retry, summary: '', operator: '' }, error.rawMessage, {
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(httpStatus !== undefined && { httpStatus }),
    metadata: { ...error.metadata, [mark]: why },
    violations,
    cause: error,
  });
}
