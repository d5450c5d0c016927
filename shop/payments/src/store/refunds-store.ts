import { type Kysely, sql } from 'kysely';
import type { PaymentsDatabase, RefundRow } from './tables.ts';

type Db = Kysely<PaymentsDatabase>;

/** The refunds of a payment, in the order of their requests. */
export async function listRefunds(tx: Db, paymentId: string): Promise<RefundRow[]> {
  return await tx
    .selectFrom('refunds')
    .selectAll()
    .where('payment_id', '=', paymentId)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

/** Finds a refund by its name. */
export async function findRefund(db: Db, paymentId: string, name: string): Promise<RefundRow | undefined> {
  return await db
    .selectFrom('refunds')
    .selectAll()
    .where('payment_id', '=', paymentId)
    .where('name', '=', name)
    .executeTakeFirst();
}

/** Sum of the refunds of a payment that are not settled yet. */
export async function pendingAmount(tx: Db, paymentId: string): Promise<bigint> {
  const row = await tx
    .selectFrom('refunds')
    .select(sql<bigint>`coalesce(sum(amount_minor_units), 0)::bigint`.as('sum'))
    .where('payment_id', '=', paymentId)
    .where('status', '=', 'pending')
    .executeTakeFirstOrThrow();
  return row.sum;
}

/** Refunds that have been waiting since before a moment; uses `refunds_pending`. */
export async function listPendingRefunds(db: Db, before: Date, limit: number): Promise<RefundRow[]> {
  return await db
    .selectFrom('refunds')
    .selectAll()
    .where('status', '=', 'pending')
    .where('updated_at', '<=', before)
    .orderBy('updated_at')
    .limit(limit)
    .execute();
}
