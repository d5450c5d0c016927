import { defineReasons } from '@mainstay/kernel';

/** Every reason the service kit can raise. */
export const serviceReasons = defineReasons({
  SERVICE_DATABASE_UNDECLARED: {
    code: 'internal',
    executed: 'no',
    retry: 'never',
    summary: 'A service uses a database that its definition does not declare',
    operator: 'File a bug: the definition of the service lacks `database`',
  },
  SERVICE_DUPLICATE: {
    code: 'invalid_argument',
    executed: 'no',
    retry: 'never',
    summary: 'One host was given two services of one name, or two that want the same fixed port',
    operator: 'Correct the list of services of the process',
  },
  SERVICE_NOT_READY: {
    code: 'unavailable',
    executed: 'no',
    retry: 'after',
    summary: 'A service of this process cannot take traffic now',
    operator: 'Look at its checks on the health page of the process',
  },
  CERTIFICATE_INVALID: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'The certificate files of a process cannot be used: missing, expired, of another service, or not fitting',
    operator: 'Issue the certificate again, for example with `mainstay certs rotate`, or correct the paths',
  },
  PLAIN_TEXT_REFUSED: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'A process would take calls in clear text on an address that other machines can reach',
    operator: 'Give it a certificate, or set MAINSTAY_ALLOW_PLAIN_TEXT where the network encrypts',
  },
  FAULT_POINTS_REFUSED: {
    code: 'invalid_argument',
    executed: 'no',
    retry: 'never',
    summary: 'The fault points are malformed, or were set in production',
    operator: 'Remove or correct MAINSTAY_FAULT_POINTS',
  },
  INTERNAL_KEY_MISSING: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'A process in production mode was given no internal key',
    operator: 'Set MAINSTAY_INTERNAL_KEY to the same 64 hex digits in the whole fleet',
  },
  HOST_DATABASE_WAIT_ENDED: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'The database did not answer within the time a start waits for it',
    operator: 'Start the database or correct its address, then start the service again',
  },
  HOST_START_CANCELED: {
    code: 'canceled',
    executed: 'no',
    retry: 'never',
    summary: 'The process was told to stop before its start was over',
    operator: 'Nothing',
  },
  OPERATIONS_UNKNOWN: {
    code: 'not_found',
    executed: 'no',
    retry: 'never',
    summary: 'An operator asked a service for something it does not have: durable work, sagas, consumers or a bus',
    operator: 'Ask another service; `mainstay stuck` shows those that have durable work',
  },
  STUCK_WORK_UNKNOWN: {
    code: 'not_found',
    executed: 'no',
    retry: 'never',
    summary: 'There is no such item of stuck work, or it is not one that is closed by itself',
    operator: 'List the stuck work again; sagas and dead letters have commands of their own',
  },
  BUS_MISSING: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'A service that consumes events was started without the address of the bus',
    operator: 'Set MAINSTAY_BUS_URL to the database that carries the events of the fleet',
  },
});
