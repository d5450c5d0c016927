import { defineReasons } from '@mainstay/kernel';

/** Every reason that this package raises. */
export const idempotencyReasons = defineReasons({
  IDEMPOTENCY_KEY_INVALID: {
    code: 'invalid_argument',
    executed: 'no',
    retry: 'never',
    summary: 'The idempotency key is missing, or not 1 to 255 visible ASCII characters',
    operator: 'Nothing; the caller must correct the key',
  },
  IDEMPOTENCY_KEY_REUSED: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    httpStatus: 422,
    summary: 'The idempotency key was used before with another request',
    operator: 'Nothing; the caller must take a new key for a new request',
  },
  IDEMPOTENCY_IN_PROGRESS: {
    code: 'aborted',
    executed: 'no',
    retry: 'after',
    retryAfterMs: 1_000,
    summary: 'Another call with this idempotency key is running',
    operator: 'Nothing, when it passes; else look for a slow call of the method named in the trace',
  },
  IDEMPOTENCY_TAKEN_OVER: {
    code: 'aborted',
    executed: 'maybe',
    retry: 'after',
    retryAfterMs: 1_000,
    summary: 'The call outlived its lock on the idempotency key and another one has taken it over',
    operator: 'Look for what held the call up: a paused process, or work that takes longer than its contract allows',
  },
  IDEMPOTENCY_STORE_UNAVAILABLE: {
    code: 'unavailable',
    executed: 'no',
    retry: 'after',
    retryAfterMs: 1_000,
    summary: 'The records of idempotency keys cannot be read, so nothing was run',
    operator: 'Look at the database of the service',
  },
});
