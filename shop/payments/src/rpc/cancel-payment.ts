import { create } from '@bufbuild/protobuf';
import {
  type CancelPaymentRequest,
  type CancelPaymentResponse,
  CancelPaymentResponseSchema,
} from '@mainstay/contracts/payments/v1/payments';
import { cancel } from '../workflows/cancel.ts';
import type { PaymentsDependencies } from '../workflows/dependencies.ts';
import { paymentMessage } from './payment-message.ts';

/** Undoes the payment of an order whatever its state. */
export async function cancelPayment(
  deps: PaymentsDependencies,
  request: CancelPaymentRequest,
): Promise<CancelPaymentResponse> {
  const payment = await cancel(deps, { orderId: request.orderId, reason: request.reason || 'order undone' });
  return create(CancelPaymentResponseSchema, payment === undefined ? {} : { payment: paymentMessage(payment) });
}
