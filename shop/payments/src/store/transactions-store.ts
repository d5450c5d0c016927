import { uuidv7 } from '@mainstay/kernel';
import type { Kysely } from 'kysely';
import type { PaymentRow, PaymentsDatabase, TransactionKind, TransactionOutcome, TransactionRow } from './tables.ts';

type Db = Kysely<PaymentsDatabase>;

/** One exchange with the processor, to be recorded. */
export interface NewTransaction {
  readonly kind: TransactionKind;
  readonly outcome: TransactionOutcome;
  readonly amountMinorUnits: bigint;
  readonly processorReference?: string;
  readonly declineCode?: string;
}

/** Adds to the history of a payment. */
export async function insertTransaction(
  db: Db,
  payment: Pick<PaymentRow, 'id' | 'currency_code'>,
  entry: NewTransaction,
): Promise<void> {
  await db
    .insertInto('payment_transactions')
    .values({
      id: uuidv7(),
      payment_id: payment.id,
      kind: entry.kind,
      outcome: entry.outcome,
      amount_minor_units: entry.amountMinorUnits,
      currency_code: payment.currency_code,
      processor_reference: entry.processorReference ?? null,
      decline_code: entry.declineCode ?? null,
    })
    .execute();
}

/** The history of a payment, oldest first. */
export async function listTransactions(db: Db, paymentId: string): Promise<TransactionRow[]> {
  return await db
    .selectFrom('payment_transactions')
    .selectAll()
    .where('payment_id', '=', paymentId)
    .orderBy('at')
    .orderBy('id')
    .execute();
}
