import type { Kysely } from 'kysely';
import type { PaymentRow, PaymentsDatabase } from './tables.ts';

type Db = Kysely<PaymentsDatabase>;

/** Reads the payment of an order. */
export async function findByOrder(db: Db, orderId: string): Promise<PaymentRow | undefined> {
  return await db.selectFrom('payments').selectAll().where('order_id', '=', orderId).executeTakeFirst();
}

/** Reads a payment. */
export async function findPayment(db: Db, id: string): Promise<PaymentRow | undefined> {
  return await db.selectFrom('payments').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Reads the payments of orders; uses the unique index on orders. */
export async function listOfOrders(db: Db, orderIds: readonly string[]): Promise<PaymentRow[]> {
  if (orderIds.length === 0) return [];
  return await db.selectFrom('payments').selectAll().where('order_id', 'in', orderIds).execute();
}

/** Reads those of the payments that there are. */
export async function listByIds(db: Db, ids: readonly string[]): Promise<PaymentRow[]> {
  if (ids.length === 0) return [];
  return await db.selectFrom('payments').selectAll().where('id', 'in', ids).execute();
}

/** Reads and locks the payment of an order. Unique constraint on orders. */
export async function lockByOrder(tx: Db, orderId: string): Promise<PaymentRow | undefined> {
  return await tx.selectFrom('payments').selectAll().where('order_id', '=', orderId).forUpdate().executeTakeFirst();
}

/** Payments whose truth at the processor has to be looked at again; uses `payments_recheck`. */
export async function listToRecheck(db: Db, now: Date, limit: number): Promise<PaymentRow[]> {
  return await db
    .selectFrom('payments')
    .selectAll()
    .where('recheck_at', '<=', now)
    .orderBy('recheck_at')
    .limit(limit)
    .execute();
}
