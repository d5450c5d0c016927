import type { Kysely, Updateable } from 'kysely';
import type { PaymentRow, PaymentsDatabase, PaymentsTable } from './tables.ts';

type Db = Kysely<PaymentsDatabase>;

/** A payment to record before the processor is asked. */
export interface NewPayment {
  readonly id: string;
  readonly orderId: string;
  readonly userId: string;
  readonly amountMinorUnits: bigint;
  readonly currencyCode: string;
}

/** Records a payment unless its order has one. */
export async function insertPayment(db: Db, payment: NewPayment): Promise<void> {
  await db
    .insertInto('payments')
    .values({
      id: payment.id,
      order_id: payment.orderId,
      user_id: payment.userId,
      amount_minor_units: payment.amountMinorUnits,
      currency_code: payment.currencyCode,
      status: 'pending',
    })
    .onConflict((conflict) => conflict.constraint('payments_order_id_key').doNothing())
    .execute();
}

/** Records that an order which never paid is undone, unless it has a payment. */
export async function insertClosed(db: Db, id: string, orderId: string): Promise<void> {
  await db
    .insertInto('payments')
    .values({
      id,
      order_id: orderId,
      amount_minor_units: 0n,
      currency_code: '',
      status: 'voided',
      closed_at: new Date(),
    })
    .onConflict((conflict) => conflict.constraint('payments_order_id_key').doNothing())
    .execute();
}

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

/** Reads and locks a payment that exists. */
export async function lockPayment(tx: Db, id: string): Promise<PaymentRow> {
  return await tx.selectFrom('payments').selectAll().where('id', '=', id).forUpdate().executeTakeFirstOrThrow();
}

/** Changes a payment that exists; the caller holds its lock, or changes what no other call decides on. */
export async function updatePayment(db: Db, id: string, change: Updateable<PaymentsTable>): Promise<PaymentRow> {
  return await db
    .updateTable('payments')
    .set({ ...change, updated_at: new Date() })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
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
