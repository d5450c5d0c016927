import { defineReasons } from '@mainstay/kernel';

/** Limits and quotas: what is used up, and what they need. */
export const limitReasons = defineReasons({
  REDIS_CLIENT_MISSING: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'Limits are to be shared over Redis, but its client is not installed',
    operator: 'Install `@redis/client` beside the gateway, or leave limits.redis_url out',
  },
  QUOTA_EXHAUSTED: {
    code: 'resource_exhausted',
    executed: 'no',
    retry: 'after',
    retryAfterMs: 3_600_000,
    summary: 'The client made all calls of this month that its tier allows',
    operator: 'Nothing, unless the client should have a higher tier',
  },
  QUOTA_RECORD_LATE: {
    code: 'unavailable',
    executed: 'maybe',
    retry: 'after',
    retryAfterMs: 1_000,
    summary: 'The database did not record the calls of clients in time; the calls went on without it',
    operator: 'Look at the database of the gateway',
  },
});
