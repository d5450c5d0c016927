import type { Kysely } from 'kysely';
import type { ProductsDatabase, ReservationRow } from './tables.ts';

type Db = Kysely<ProductsDatabase>;

/** Reads the reservations of orders; uses the unique index on orders. */
export async function listReservationsOf(db: Db, orderIds: readonly string[]): Promise<ReservationRow[]> {
  if (orderIds.length === 0) return [];
  return await db.selectFrom('reservations').selectAll().where('order_id', 'in', orderIds).execute();
}

/** Lists reservations that are held or sold and have not changed since, the oldest first; uses the primary key. */
export async function listStockTaken(
  db: Db,
  page: { readonly afterId: string; readonly limit: number; readonly changedBefore: Date },
): Promise<ReservationRow[]> {
  return await db
    .selectFrom('reservations')
    .selectAll()
    .where('id', '>', page.afterId)
    .where('status', 'in', ['held', 'committed'])
    .where('updated_at', '<=', page.changedBefore)
    .orderBy('id')
    .limit(page.limit)
    .execute();
}
