import { create } from '@bufbuild/protobuf';
import {
  type AuthorizePaymentRequest,
  type AuthorizePaymentResponse,
  AuthorizePaymentResponseSchema,
} from '@mainstay/contracts/payments/v1/payments';
import { isUuid, kernelReasons, PlatformError } from '@mainstay/kernel';
import { authorize } from '../workflows/authorize.ts';
import type { PaymentsDependencies } from '../workflows/dependencies.ts';
import { declineOf, paymentMessage } from './payment-message.ts';

/** Holds the amount of an order; a decline is an answer, not an error. */
export async function authorizePayment(
  deps: PaymentsDependencies,
  request: AuthorizePaymentRequest,
): Promise<AuthorizePaymentResponse> {
  if (!isUuid(request.userId)) {
    throw new PlatformError(kernelReasons.REQUEST_INVALID, 'user_id must be a UUID', {
      violations: [{ field: 'user_id', rule: 'string.uuid', message: 'must be a UUID' }],
    });
  }
  const payment = await authorize(deps, {
    orderId: request.orderId,
    userId: request.userId,
    amountMinorUnits: request.amount?.minorUnits ?? 0n,
    currencyCode: request.amount?.currencyCode ?? '',
    token: request.token,
  });
  const decline = declineOf(payment);
  return create(AuthorizePaymentResponseSchema, {
    payment: paymentMessage(payment),
    ...(decline !== undefined && { decline }),
  });
}
