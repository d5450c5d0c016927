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
  REGISTRY_PATH_UNKNOWN: {
    code: 'not_found',
    executed: 'no',
    retry: 'never',
    summary: 'The HTTP face of the registry has no such path',
    operator: 'Nothing; the caller must correct the path',
  },
  REGISTRY_METHOD_REFUSED: {
    code: 'unimplemented',
    executed: 'no',
    retry: 'never',
    httpStatus: 405,
    summary: 'The path exists, but not with this method; the Allow header names those it has',
    operator: 'Nothing; the caller must correct the method',
  },
  REGISTRY_BODY_REFUSED: {
    code: 'invalid_argument',
    executed: 'no',
    retry: 'never',
    summary: 'The body of a request is no JSON, too large, or not declared as JSON',
    operator: 'Nothing; the caller must correct the body',
  },
  REGISTRY_WRITE_REFUSED: {
    code: 'unauthenticated',
    executed: 'no',
    retry: 'never',
    summary: 'In production a change over HTTP needs the internal identity of a service',
    operator: 'Register over gRPC, or send the header `mainstay-identity`',
  },
  REGISTRY_PORT_UNAVAILABLE: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'The HTTP port of the registry is taken or may not be opened',
    operator: 'Stop the process that holds the port, or move this one with --port-offset',
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
