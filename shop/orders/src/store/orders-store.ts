import type { Insertable, Kysely, Updateable } from 'kysely';
import type { OrderStatus } from '../domain/order-status.ts';
import type { OrderItemRow, OrderItemsTable, OrderRow, OrdersDatabase, OrdersTable } from './tables.ts';

type Db = Kysely<OrdersDatabase>;

/** Inserts an order with its lines. */
export async function insertOrder(
  tx: Db,
  order: Insertable<OrdersTable>,
  items: readonly Insertable<OrderItemsTable>[],
): Promise<void> {
  await tx.insertInto('orders').values(order).execute();
  await tx.insertInto('order_items').values(items).execute();
}

/** Finds an order by id. */
export async function findOrder(db: Db, id: string): Promise<OrderRow | undefined> {
  return await db.selectFrom('orders').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Finds and locks an order by id. */
export async function lockOrder(tx: Db, id: string): Promise<OrderRow | undefined> {
  return await tx.selectFrom('orders').selectAll().where('id', '=', id).forUpdate().executeTakeFirst();
}

/** Which orders a page shows. */
export interface OrderSearch {
  readonly limit: number;
  /** Absent: everybody's. */
  readonly userId?: string;
  readonly status?: OrderStatus;
  /** Only orders placed before this one. */
  readonly beforeId?: string;
}

/** Lists orders, newest first. */
export async function listOrders(db: Db, search: OrderSearch): Promise<OrderRow[]> {
  const { limit, userId, status, beforeId } = search;
  let query = db.selectFrom('orders').selectAll().orderBy('id', 'desc').limit(limit);
  if (userId !== undefined) query = query.where('user_id', '=', userId);
  if (status !== undefined) query = query.where('status', '=', status);
  if (beforeId !== undefined) query = query.where('id', '<', beforeId);
  return await query.execute();
}

/** Lists the lines of orders, each order's in the order they were sent. */
export async function listItems(db: Db, orderIds: readonly string[]): Promise<OrderItemRow[]> {
  if (orderIds.length === 0) return [];
  return await db
    .selectFrom('order_items')
    .selectAll()
    .where('order_id', 'in', orderIds)
    .orderBy('order_id')
    .orderBy('line_number')
    .execute();
}

/** Changes columns of an order other than its status; a status moves by `moveOrder`. */
export async function updateOrder(
  tx: Db,
  id: string,
  change: Omit<Updateable<OrdersTable>, 'id' | 'status'>,
): Promise<void> {
  await tx.updateTable('orders').set(change).where('id', '=', id).execute();
}
