import { create } from '@bufbuild/protobuf';
import {
  type ListPaymentMethodsResponse,
  ListPaymentMethodsResponseSchema,
} from '@mainstay/contracts/payments/v1/payments';
import { listPaymentMethods as read } from '../store/payment-methods-store.ts';
import type { PaymentsDependencies } from '../workflows/dependencies.ts';
import { callingUserId } from './caller.ts';
import { paymentMethodMessage } from './payment-method-message.ts';

/** Returns the caller's ways to pay. */
export async function listPaymentMethods(deps: PaymentsDependencies): Promise<ListPaymentMethodsResponse> {
  const rows = await read(deps.database.kysely, callingUserId());
  return create(ListPaymentMethodsResponseSchema, { paymentMethods: rows.map(paymentMethodMessage) });
}
