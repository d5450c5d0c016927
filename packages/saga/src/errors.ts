import { defineReasons } from '@mainstay/kernel';

/** Reasons that the saga engine can raise. */
export const sagaReasons = defineReasons({
  SAGA_LEASE_LOST: {
    code: 'aborted',
    executed: 'maybe',
    retry: 'never',
    summary: 'A runner lost its claim on a saga, so it stopped and wrote nothing; another runner goes on',
    operator: 'Nothing, unless frequent: then the runner stalls for longer than the lease, or the database does',
  },
  SAGA_STOPPED: {
    code: 'canceled',
    executed: 'maybe',
    retry: 'after',
    summary: 'The runner stops in the middle of a step; the saga goes on elsewhere or after the restart',
    operator: 'Nothing',
  },
  SAGA_STATE_INVALID: {
    code: 'internal',
    executed: 'maybe',
    retry: 'never',
    summary: 'The state of a saga, or what a step returned, is not a JSON object',
    operator: 'File a bug with the name of the saga and the step',
  },
  SAGA_LOCAL_WRITE_FAILED: {
    code: 'internal',
    executed: 'yes',
    retry: 'never',
    summary: 'A step did its work, but its writes into the own database, or a hook, were refused for good',
    operator: 'Find the log line with the cause; the saga is being undone, or shown as needing a person',
  },
  SAGA_UNKNOWN: {
    code: 'internal',
    executed: 'no',
    retry: 'never',
    summary: 'A saga was started or waited for that this engine has no definition of',
    operator: 'File a bug: the definition is missing in the list given to the engine',
  },
  SAGA_TIME_LIMIT: {
    code: 'deadline_exceeded',
    executed: 'maybe',
    retry: 'never',
    summary: 'A saga was not done within its time limit and is undone',
    operator: 'Look at its history for the step that kept it waiting',
  },
});
