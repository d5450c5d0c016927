import { PlatformError } from '@mainstay/kernel';
import { paymentsReasons } from '../errors.ts';
import type { PaymentState } from './payment-state.ts';

/** The error of a call that comes after its order was undone. */
export function closedError(payment: { readonly id: string; readonly order_id: string }): PlatformError {
  return new PlatformError(paymentsReasons.PAYMENT_CLOSED, `the payment of order ${payment.order_id} is closed`, {
    metadata: { order_id: payment.order_id, payment_id: payment.id },
  });
}

/** The error of a call that does not fit the state of the payment. */
export function stateError(
  payment: { readonly id: string; readonly status: PaymentState },
  action: string,
): PlatformError {
  const message = `payment ${payment.id} is ${payment.status}, ${action} is refused`;
  return new PlatformError(paymentsReasons.PAYMENT_STATE, message, {
    metadata: { payment_id: payment.id, status: payment.status },
  });
}
