import { defineReasons } from '@mainstay/kernel';

/** Every reason this package can raise. */
export const discoveryReasons = defineReasons({
  BALANCING_POLICY_INVALID: {
    code: 'invalid_argument',
    executed: 'no',
    retry: 'never',
    summary: 'The description of a balancing policy has unknown names or values outside their range',
    operator: 'Correct what the violations name; the policy before it stays in force',
  },
  KUBERNETES_REFUSED: {
    code: 'unavailable',
    executed: 'no',
    retry: 'after',
    summary: 'The API of Kubernetes did not answer, or refused to list or watch EndpointSlices',
    operator: 'For 401 and 403 look at the service account and its role; callers go on with the last list they know',
  },
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
  UPSTREAM_OVERFLOW: {
    code: 'unavailable',
    executed: 'no',
    retry: 'after',
    retryAfterMs: 100,
    summary: 'A limit of the connection pool is reached: calls under way, or connections',
    operator: 'Look for a slow upstream in the statistics of its balancer, before raising the limit',
  },
});
