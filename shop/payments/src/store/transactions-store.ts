import type { Kysely } from 'kysely';
import type { PaymentsDatabase, TransactionRow } from './tables.ts';

type Db = Kysely<PaymentsDatabase>;

/** The history of a payment, oldest first. */
export async function listTransactions(db: Db, paymentId: string): Promise<TransactionRow[]> {
  return await db
    .selectFrom('payment_transactions')
    .selectAll()
    .where('payment_id', '=', paymentId)
    .orderBy('version')
    .orderBy('at')
    .orderBy('id')
    .execute();
}
