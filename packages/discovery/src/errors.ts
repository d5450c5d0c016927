import { defineReasons } from '@mainstay/kernel';

/** Every reason this package can raise. */
export const discoveryReasons = defineReasons({
  NO_INSTANCE: {
    code: 'unavailable',
    executed: 'no',
    retry: 'after',
    retryAfterMs: 1_000,
    summary: 'No routable instance of the service is known',
    operator: 'Look whether the service runs and is registered (`mainstay status`), then at its readiness',
  },
  REGISTRY_SILENT: {
    code: 'unavailable',
    executed: 'no',
    retry: 'now',
    summary: 'The registry stopped sending on an open watch stream',
    operator: 'Look at the registry; callers go on with the last list they know',
  },
});
