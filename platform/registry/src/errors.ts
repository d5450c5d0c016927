import { defineReasons } from '@mainstay/kernel';

/** Every reason the registry can raise. */
export const registryReasons = defineReasons({
  INSTANCE_UNKNOWN: {
    code: 'not_found',
    executed: 'no',
    retry: 'never',
    summary: 'The registry has no instance of this id',
    operator: 'Nothing; the instance registers again by itself',
  },
  REGISTRY_STATE_UNREADABLE: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'The state file of the registry exists but may not be read',
    operator: 'Correct the permissions of the file, or delete it: instances register again by themselves',
  },
  REGISTRY_FULL: {
    code: 'resource_exhausted',
    executed: 'no',
    retry: 'after',
    retryAfterMs: 5_000,
    httpStatus: 503,
    summary: 'The registry holds as many instances or watchers as it may',
    operator: 'Look for something that registers in a loop, or raise the limit named in the message',
  },
});
