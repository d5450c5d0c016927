import { defineReasons } from '@mainstay/kernel';

/** Reasons that the orders service can raise. */
export const ordersReasons = defineReasons({
  INSUFFICIENT_INVENTORY: {
    code: 'failed_precondition',
    executed: 'yes',
    retry: 'never',
    summary: 'Products of the order are short; the order is cancelled and nothing was charged',
    operator: 'Nothing; the customer orders less, or later',
  },
  ORDER_CANCELLED: {
    code: 'aborted',
    executed: 'yes',
    retry: 'never',
    summary: 'The order was recorded, but could not be placed for the reason in `cancel_reason`; all of it is undone',
    operator: 'Look at the saga of the order when the reason is an outage; a new order needs a new key',
  },
  ORDER_NOT_FOUND: {
    code: 'not_found',
    executed: 'no',
    retry: 'never',
    summary: 'There is no such order, or it belongs to somebody else',
    operator: 'Nothing',
  },
  ORDER_STATE: {
    code: 'failed_precondition',
    executed: 'no',
    retry: 'never',
    summary: 'The change does not fit the status of the order',
    operator: 'Nothing; read the history of the order',
  },
  ORDER_TOKEN_UNREADABLE: {
    code: 'internal',
    executed: 'no',
    retry: 'never',
    summary: 'The stored payment token of an order under way cannot be decrypted',
    operator: 'Compare `orders.token_key` of all instances; orders under way do not survive a change of the key',
  },
  PAYMENT_DECLINED: {
    code: 'failed_precondition',
    executed: 'yes',
    retry: 'never',
    httpStatus: 402,
    summary: 'The card processor refused the payment; the order is cancelled and its stock given back',
    operator: 'Nothing, unless the share of declines grows',
  },
  USER_INVALID: {
    code: 'failed_precondition',
    executed: 'yes',
    retry: 'never',
    summary: 'The account is closed or unknown; the order is cancelled',
    operator: 'Nothing',
  },
});
