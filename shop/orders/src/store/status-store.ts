import { PlatformError } from '@mainstay/kernel';
import type { Insertable, Kysely, Updateable } from 'kysely';
import { type Actor, canMove, type OrderStatus } from '../domain/order-status.ts';
import { ordersReasons } from '../errors.ts';
import type { OrderRow, OrderStatusChangesTable, OrdersDatabase, OrdersTable, StatusChangeRow } from './tables.ts';

type Db = Kysely<OrdersDatabase>;

/** One move of an order. */
export interface Move {
  readonly to: OrderStatus;
  readonly actor: Actor;
  readonly at: Date;
  /** Why, for the history; empty when it goes without saying. */
  readonly reason?: string;
  /** Further columns to change with it. */
  readonly change?: Omit<Updateable<OrdersTable>, 'id' | 'status' | 'updated_at'>;
}

/**
 * Moves an order to another status and writes its history, in one transaction of the caller.
 *
 * Primary key; locks the row. The status is read under that lock, so of two moves at once the second sees the first.
 *
 * @throws {@link PlatformError} `ORDER_STATE` when the move is not allowed from where the order stands.
 */
export async function moveOrder(tx: Db, id: string, move: Move): Promise<OrderRow> {
  const before = await tx.selectFrom('orders').select('status').where('id', '=', id).forUpdate().executeTakeFirst();
  if (before === undefined) throw new PlatformError(ordersReasons.ORDER_NOT_FOUND, `there is no order ${id}`);
  if (!canMove(before.status, move.to)) throw orderState(id, before.status, move.to);
  await insertStatusChange(tx, {
    order_id: id,
    from_status: before.status,
    to_status: move.to,
    reason: move.reason ?? '',
    actor: move.actor,
    at: move.at,
  });
  return await tx
    .updateTable('orders')
    .set({ ...move.change, status: move.to, updated_at: move.at })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The refusal of a move. */
export function orderState(id: string, status: OrderStatus, wanted: string): PlatformError {
  return new PlatformError(ordersReasons.ORDER_STATE, `the order is ${status}, so it cannot be ${wanted}`, {
    metadata: { order_id: id, status },
  });
}

/** Writes a line of an order's history. */
export async function insertStatusChange(tx: Db, change: Insertable<OrderStatusChangesTable>): Promise<void> {
  await tx.insertInto('order_status_changes').values(change).execute();
}

/** The position of the last change of each order that has one. Primary key, one range for each order. */
export async function lastPositions(db: Db, orderIds: readonly string[]): Promise<ReadonlyMap<string, bigint>> {
  const rows = await db
    .selectFrom('order_status_changes')
    .select(({ fn }) => ['order_id', fn.max('sequence').as('last')])
    .where('order_id', 'in', orderIds)
    .groupBy('order_id')
    .execute();
  return new Map(rows.map(({ order_id, last }) => [order_id, BigInt(last)]));
}

/** An order's history, oldest first. */
export async function listStatusChanges(db: Db, orderId: string): Promise<StatusChangeRow[]> {
  return await db
    .selectFrom('order_status_changes')
    .selectAll()
    .where('order_id', '=', orderId)
    .orderBy('sequence')
    .execute();
}
