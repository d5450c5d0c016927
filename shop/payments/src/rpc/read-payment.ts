import type { Payment } from '@mainstay/contracts/payments/v1/payments';
import type { PaymentRow } from '../store/tables.ts';
import { listTransactions } from '../store/transactions-store.ts';
import type { PaymentsDependencies } from '../workflows/dependencies.ts';
import { paymentMessage } from './payment-message.ts';

/** A payment with its history. */
export async function withHistory(deps: PaymentsDependencies, row: PaymentRow): Promise<Payment> {
  return paymentMessage(row, await listTransactions(deps.database.kysely, row.id));
}
