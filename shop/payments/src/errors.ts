import { defineReasons } from '@mainstay/kernel';

/** Reasons that the payments service can raise. */
export const paymentsReasons = defineReasons({
  PAYMENT_CLOSED: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'The order of this payment was undone before the call',
    operator: 'Nothing; a late call of an order that has ended is refused',
  },
  PAYMENT_NOT_FOUND: {
    code: 'not_found',
    executed: 'no',
    retry: 'never',
    summary: 'There is no such payment, or it belongs to somebody else',
    operator: 'Nothing',
  },
  PAYMENT_STATE: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'The call does not fit the state of the payment',
    operator: 'Read the payment: its transactions tell how it came there',
  },
  PAYMENT_TOKEN_UNKNOWN: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'The card processor does not know the token, or the stored payment method is not the payer’s',
    operator: 'Nothing; the client gets a new token from the processor',
  },
  PROCESSOR_REFUSED: {
    code: 'internal',
    executed: 'no',
    retry: 'never',
    summary: 'The card processor refused a call that should have been right, for example because of a wrong key',
    operator: 'Compare the key and address of the processor; the log line has its answer',
  },
  PROCESSOR_UNAVAILABLE: {
    code: 'unavailable',
    executed: 'maybe',
    retry: 'after',
    retryAfterMs: 500,
    summary: 'The card processor did not answer; what it did will be found out by asking',
    operator: 'Look at the processor; the work goes on by itself when it answers',
  },
  REFUND_TOO_LARGE: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'More would be given back than was charged and is left',
    operator: 'Nothing',
  },
});
