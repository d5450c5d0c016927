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
    summary: 'The state of a saga, or what a step returned, is not a JSON object, is too large, or sets a secret',
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
  SAGA_EXISTS: {
    code: 'already_exists',
    executed: 'no',
    retry: 'never',
    summary: 'There is a saga with this id',
    operator: 'Nothing; the caller started one saga twice',
  },
  SAGA_EVENT_MISSING: {
    code: 'deadline_exceeded',
    executed: 'no',
    retry: 'never',
    summary: 'The event that a step waits for did not come within its limit; the saga is undone',
    operator: 'Look for the event at its sender',
  },
  SAGA_MIGRATION_IMPOSSIBLE: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'A saga cannot go on under the version that takes over its own: a step that ran is missing there',
    operator: 'Run an instance that knows the old version until its sagas have ended, or resolve it by hand',
  },
  SAGA_NOT_FOUND: {
    code: 'not_found',
    executed: 'no',
    retry: 'never',
    summary: 'There is no saga with this id in this service',
    operator: 'List the sagas of the service, or ask another one',
  },
  SAGA_ACTION_INVALID: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'What an operator asked for does not fit where the saga stands',
    operator: 'Read the saga again; it may have gone on meanwhile',
  },
  SAGA_OUTCOME_UNKNOWN: {
    code: 'unknown',
    executed: 'maybe',
    retry: 'never',
    summary: 'A runner died in the middle of a step that may not be repeated blindly; the saga is undone',
    operator: 'Nothing, unless its counter-action fails',
  },
  SAGA_TIME_LIMIT: {
    code: 'deadline_exceeded',
    executed: 'maybe',
    retry: 'never',
    summary: 'A saga was not done within its time limit and is undone',
    operator: 'Look at its history for the step that kept it waiting',
  },
});
