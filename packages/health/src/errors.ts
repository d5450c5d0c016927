import { defineReasons } from '@mainstay/kernel';

/** Reasons of health checks and of the management port. */
export const healthReasons = defineReasons({
  HEALTH_CHECK_TIMEOUT: {
    code: 'deadline_exceeded',
    executed: 'maybe',
    retry: 'now',
    summary: 'A health check did not answer within its limit',
    operator: 'Look at the dependency that the check is named after',
  },
  MANAGEMENT_PORT_UNAVAILABLE: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'The management port is taken or may not be opened',
    operator: 'Stop the process that holds the port, or give another one',
  },
});
