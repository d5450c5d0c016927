import type { Payment } from '@mainstay/contracts/payments/v1/payments';
import { isUuid } from '@mainstay/kernel';
import { currentContext } from '@mainstay/kernel/context';
import { paymentNotFound } from '../domain/payment-not-found.ts';
import { findPayment } from '../store/payments-store.ts';
import type { PaymentRow } from '../store/tables.ts';
import { listTransactions } from '../store/transactions-store.ts';
import type { PaymentsDependencies } from '../workflows/dependencies.ts';
import { maySee } from './caller.ts';
import { paymentMessage } from './payment-message.ts';

/** A payment with its history. */
export async function withHistory(deps: PaymentsDependencies, row: PaymentRow): Promise<Payment> {
  return paymentMessage(row, await listTransactions(deps.database.kysely, row.id));
}

/**
 * The payment of this id, when the caller may see it.
 *
 * @throws {@link PlatformError} `not_found` / `PAYMENT_NOT_FOUND` for others' payments and for what is no id at all.
 */
export async function requireVisiblePayment(deps: PaymentsDependencies, id: string): Promise<PaymentRow> {
  const row = isUuid(id) ? await findPayment(deps.database.kysely, id) : undefined;
  if (row === undefined || row.user_id === null || !maySee(currentContext()?.identity, row.user_id)) {
    throw paymentNotFound({ payment_id: id });
  }
  return row;
}
