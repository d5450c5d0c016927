import { defineReasons } from '@mainstay/kernel';

/** Every reason that this package raises. */
export const leaseReasons = defineReasons({
  LEASE_LOST: {
    code: 'aborted',
    executed: 'no',
    retry: 'never',
    summary: 'The lease ended or somebody else holds it, so this process must not go on with the work it covers',
    operator:
      'Nothing, the new holder goes on; when it happens often, look for a slow database or a process that is starved of CPU',
  },
  LEASE_HANDED_OVER: {
    code: 'aborted',
    executed: 'no',
    retry: 'never',
    summary: 'The lease is being handed over to another process, so this one stops the work it covers',
    operator: 'Nothing; the heir takes over at once',
  },
});
