import type { Kysely } from 'kysely';
import type { OrderHistoryRow, OrdersDatabase } from './tables.ts';

/** What happened to an order, oldest first. Primary key. */
export async function listHistory(db: Kysely<OrdersDatabase>, orderId: string): Promise<OrderHistoryRow[]> {
  return await db
    .selectFrom('order_history')
    .selectAll()
    .where('order_id', '=', orderId)
    .orderBy('version')
    .orderBy('line')
    .execute();
}
