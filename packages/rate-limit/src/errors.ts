import { defineReasons } from '@mainstay/kernel';

/** Reasons of the rate limiter. */
export const rateLimitReasons = defineReasons({
  RATE_LIMITED: {
    code: 'resource_exhausted',
    executed: 'no',
    retry: 'after',
    summary: 'The client made more calls than its tier allows',
    operator: 'Nothing, unless the client should have a higher tier',
  },
});
