import { defineReasons } from '@mainstay/kernel';

/** Why a gateway does not start. */
export const processReasons = defineReasons({
  WORKER_FAILED: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'A worker of the gateway ended before it was ready',
    operator: 'Read the message, which is what the worker said; correct that and start again',
  },
  WORKER_UNREACHABLE: {
    code: 'unavailable',
    executed: 'maybe',
    retry: 'now',
    summary: 'A worker of the gateway does not answer at its management port',
    operator: 'Look whether the worker is busy or ending, and act again: what it did is not known',
  },
  GATEWAY_PORT_UNAVAILABLE: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'The port of the gateway cannot be opened, usually because another process listens on it',
    operator: 'Stop the other process, or move this fleet with a port offset',
  },
});
