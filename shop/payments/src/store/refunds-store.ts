import { type Kysely, sql } from 'kysely';
import type { PaymentsDatabase, RefundRow } from './tables.ts';

type Db = Kysely<PaymentsDatabase>;

/** A refund to record before the processor is asked. */
export interface NewRefund {
  readonly id: string;
  readonly paymentId: string;
  /** Unique among the refunds of a payment. */
  readonly name: string;
  readonly amountMinorUnits: bigint;
  readonly reason: string;
}

/** Records a refund; the caller holds the lock of its payment. */
export async function insertRefund(tx: Db, refund: NewRefund): Promise<RefundRow> {
  return await tx
    .insertInto('refunds')
    .values({
      id: refund.id,
      payment_id: refund.paymentId,
      name: refund.name,
      amount_minor_units: refund.amountMinorUnits,
      reason: refund.reason,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
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

/** Settles a pending refund; false when another call did so first. */
export async function settleRefund(
  tx: Db,
  id: string,
  result: { readonly status: 'succeeded' | 'failed'; readonly processorReference?: string },
): Promise<boolean> {
  const updated = await tx
    .updateTable('refunds')
    .set({ status: result.status, processor_reference: result.processorReference ?? null, updated_at: new Date() })
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .executeTakeFirst();
  return updated.numUpdatedRows > 0n;
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
