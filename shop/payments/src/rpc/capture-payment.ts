import { create } from '@bufbuild/protobuf';
import {
  type CapturePaymentRequest,
  type CapturePaymentResponse,
  CapturePaymentResponseSchema,
} from '@mainstay/contracts/payments/v1/payments';
import { capture } from '../workflows/capture.ts';
import type { PaymentsDependencies } from '../workflows/dependencies.ts';
import { paymentMessage } from './payment-message.ts';

/** Charges the held amount of an order. */
export async function capturePayment(
  deps: PaymentsDependencies,
  request: CapturePaymentRequest,
): Promise<CapturePaymentResponse> {
  const payment = await capture(deps, request.orderId);
  return create(CapturePaymentResponseSchema, { payment: paymentMessage(payment) });
}
