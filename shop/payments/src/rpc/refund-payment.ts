import { create } from '@bufbuild/protobuf';
import {
  type RefundPaymentRequest,
  type RefundPaymentResponse,
  RefundPaymentResponseSchema,
} from '@mainstay/contracts/payments/v1/payments';
import { isUuid } from '@mainstay/kernel';
import { currentEffectId } from '@mainstay/kernel/context';
import { paymentNotFound } from '../domain/payment-not-found.ts';
import type { PaymentsDependencies } from '../workflows/dependencies.ts';
import { refund } from '../workflows/refund.ts';
import { withHistory } from './read-payment.ts';

/** Gives a captured amount back, whole or in part. */
export async function refundPayment(
  deps: PaymentsDependencies,
  request: RefundPaymentRequest,
): Promise<RefundPaymentResponse> {
  if (!isUuid(request.id)) throw paymentNotFound({ payment_id: request.id });
  const payment = await refund(deps, {
    paymentId: request.id,
    name: currentEffectId(),
    reason: request.reason,
    ...(request.amount !== undefined && { amountMinorUnits: request.amount.minorUnits }),
  });
  return create(RefundPaymentResponseSchema, { payment: await withHistory(deps, payment) });
}
