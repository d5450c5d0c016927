import { create } from '@bufbuild/protobuf';
import {
  type GetPaymentRequest,
  type GetPaymentResponse,
  GetPaymentResponseSchema,
} from '@mainstay/contracts/payments/v1/payments';
import type { PaymentsDependencies } from '../workflows/dependencies.ts';
import { requireVisiblePayment, withHistory } from './read-payment.ts';

/** Returns one payment: one's own, or any for administrators. */
export async function getPayment(deps: PaymentsDependencies, request: GetPaymentRequest): Promise<GetPaymentResponse> {
  const row = await requireVisiblePayment(deps, request.id);
  return create(GetPaymentResponseSchema, { payment: await withHistory(deps, row) });
}
