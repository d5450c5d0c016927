import type { Kysely } from 'kysely';
import type { OrderStatus } from '../domain/order-status.ts';
import type { OrderItemRow, OrderRow, OrdersDatabase } from './tables.ts';

type Db = Kysely<OrdersDatabase>;

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

/** The version of each order that there is. Primary key. */
export async function orderVersions(db: Db, orderIds: readonly string[]): Promise<ReadonlyMap<string, bigint>> {
  const rows = await db.selectFrom('orders').select(['id', 'version']).where('id', 'in', orderIds).execute();
  return new Map(rows.map(({ id, version }) => [id, version]));
}
