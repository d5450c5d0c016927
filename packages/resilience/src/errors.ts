import { defineReasons } from '@mainstay/kernel';

/** Reasons of refusals; in every one of them the protected function was not called. */
export const resilienceReasons = defineReasons({
  CIRCUIT_OPEN: {
    code: 'unavailable',
    executed: 'no',
    retry: 'after',
    summary: 'The circuit breaker refuses calls because the latest ones failed',
    operator: 'Look at the service the circuit is named after; the circuit tries again by itself',
  },
  BULKHEAD_FULL: {
    code: 'resource_exhausted',
    executed: 'no',
    retry: 'after',
    retryAfterMs: 100,
    httpStatus: 503,
    summary: 'The bulkhead and its queue are full',
    operator: 'Look for a slow dependency before raising the limit',
  },
  BULKHEAD_QUEUE_TIMEOUT: {
    code: 'resource_exhausted',
    executed: 'no',
    retry: 'after',
    retryAfterMs: 500,
    httpStatus: 503,
    summary: 'The call waited its longest time in the queue of a bulkhead',
    operator: 'Look for a slow dependency before raising the limit',
  },
  CONCURRENCY_LIMITED: {
    code: 'resource_exhausted',
    executed: 'no',
    retry: 'after',
    retryAfterMs: 200,
    httpStatus: 503,
    summary: 'As many calls run as their durations allow',
    operator: 'Look for what became slow; the limit grows again by itself',
  },
  LOAD_SHED: {
    code: 'resource_exhausted',
    executed: 'no',
    retry: 'after',
    retryAfterMs: 1_000,
    httpStatus: 503,
    summary: 'The process is too busy for a call of this priority',
    operator: 'Add instances; calls of higher priority are still served',
  },
});
