import { defineReasons } from '@mainstay/kernel';

/** Why a service is not called, and what operators may do about where calls go. */
export const serviceReasons = defineReasons({
  UPSTREAM_UNAVAILABLE: {
    code: 'unavailable',
    executed: 'maybe',
    retry: 'after',
    retryAfterMs: 1_000,
    summary: 'An instance of the service is known but the connection to it failed',
    operator: 'Look at the service: it is registered but does not answer',
  },
  DEPENDENCY_AWAY: {
    code: 'unavailable',
    executed: 'no',
    retry: 'after',
    retryAfterMs: 10_000,
    summary: 'Another service that this request cannot do without is away, so it was not begun',
    operator: 'Bring the named service back; degradation.when_away decides whether calls are queued instead',
  },
  SPLIT_CHANGED: {
    code: 'aborted',
    executed: 'no',
    retry: 'never',
    summary: 'A traffic split was to be changed that somebody else had changed since it was looked at',
    operator: 'Look at the split again (mainstay gateway splits show) and repeat the change with its revision',
  },
  SPLIT_UNKNOWN: {
    code: 'not_found',
    executed: 'no',
    retry: 'never',
    summary: 'The traffic of this service is not split',
    operator: 'Set a split first: mainstay gateway splits set',
  },
});
