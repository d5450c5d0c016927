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
    summary: 'The first call with this idempotency key is still running and the wait for it ended',
    operator: 'Look for a slow transaction of the method named in the trace',
  },
});
