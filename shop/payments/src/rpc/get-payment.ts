import { create } from '@bufbuild/protobuf';
import {
  type GetPaymentRequest,
  type GetPaymentResponse,
  GetPaymentResponseSchema,
} from '@mainstay/contracts/payments/v1/payments';
import { isUuid } from '@mainstay/kernel';
import { currentContext } from '@mainstay/kernel/context';
import { paymentNotFound } from '../domain/payment-not-found.ts';
import { findPayment } from '../store/payments-store.ts';
import type { PaymentsDependencies } from '../workflows/dependencies.ts';
import { maySee } from './caller.ts';
import { withHistory } from './read-payment.ts';

/** Returns one payment: one's own, or any for administrators. */
export async function getPayment(deps: PaymentsDependencies, request: GetPaymentRequest): Promise<GetPaymentResponse> {
  const row = isUuid(request.id) ? await findPayment(deps.database.kysely, request.id) : undefined;
  if (row === undefined || row.user_id === null || !maySee(currentContext()?.identity, row.user_id)) {
    throw paymentNotFound({ payment_id: request.id });
  }
  return create(GetPaymentResponseSchema, { payment: await withHistory(deps, row) });
}
