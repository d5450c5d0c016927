import { create } from '@bufbuild/protobuf';
import {
  type GetPaymentByOrderRequest,
  type GetPaymentByOrderResponse,
  GetPaymentByOrderResponseSchema,
} from '@mainstay/contracts/payments/v1/payments';
import { findByOrder } from '../store/payments-store.ts';
import type { PaymentsDependencies } from '../workflows/dependencies.ts';
import { withHistory } from './read-payment.ts';

/** Returns the payment of an order as far as it is known; absent when the order never had one. */
export async function getPaymentByOrder(
  deps: PaymentsDependencies,
  request: GetPaymentByOrderRequest,
): Promise<GetPaymentByOrderResponse> {
  const row = await findByOrder(deps.database.kysely, request.orderId);
  if (row === undefined || row.user_id === null) return create(GetPaymentByOrderResponseSchema);
  return create(GetPaymentByOrderResponseSchema, { payment: await withHistory(deps, row) });
}
