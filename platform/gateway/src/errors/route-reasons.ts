import { defineReasons } from '@mainstay/kernel';

/** What is wrong with a contract, or with the contract of a service that registered, so that it has no routes. */
export const routeReasons = defineReasons({
  ROUTE_INVALID: {
    code: 'invalid_argument',
    executed: 'no',
    retry: 'never',
    summary: 'A contract has an HTTP rule that cannot be routed, or two contracts claim one route',
    operator: 'Correct the google.api.http option named in the message and generate the contracts again',
  },
  CONTRACT_REFUSED: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary:
      'A service that registered describes itself in a way that is not served: too large, incomplete, or of another one',
    operator: 'Look at the log line `contract refused`; the routes of the service stay as they were',
  },
});
