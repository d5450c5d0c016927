import type { Kysely } from 'kysely';
import type { ReservationStatus, StockLine } from '../domain/reservation.ts';
import type { ProductsDatabase, ReservationRow } from './tables.ts';

type Db = Kysely<ProductsDatabase>;

/** A reservation to record. */
export interface NewReservation {
  readonly id: string;
  readonly orderId: string;
  readonly status: ReservationStatus;
  readonly expiresAt: Date;
}

/** Reads and locks an order's reservation. */
export async function lockReservation(tx: Db, orderId: string): Promise<ReservationRow | undefined> {
  return await tx.selectFrom('reservations').selectAll().where('order_id', '=', orderId).forUpdate().executeTakeFirst();
}

/**
 * Records a reservation unless the order has one; a concurrent call for the same order waits here for the first.
 *
 * @returns false when there was one.
 */
export async function insertReservation(tx: Db, reservation: NewReservation): Promise<boolean> {
  const inserted = await tx
    .insertInto('reservations')
    .values({
      id: reservation.id,
      order_id: reservation.orderId,
      status: reservation.status,
      expires_at: reservation.expiresAt,
    })
    .onConflict((conflict) => conflict.constraint('reservations_order_id_key').doNothing())
    .executeTakeFirst();
  return (inserted.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** Records the lines of a reservation. */
export async function insertLines(tx: Db, reservationId: string, lines: readonly StockLine[]): Promise<void> {
  await tx
    .insertInto('reservation_lines')
    .values(
      lines.map(({ productId, quantity }) => ({ reservation_id: reservationId, product_id: productId, quantity })),
    )
    .execute();
}

/** Reads the lines of a reservation; empty for an order that was released before it ever held. */
export async function readLines(tx: Db, reservationId: string): Promise<StockLine[]> {
  const rows = await tx
    .selectFrom('reservation_lines')
    .select(['product_id', 'quantity'])
    .where('reservation_id', '=', reservationId)
    .orderBy('product_id')
    .execute();
  return rows.map((row) => ({ productId: row.product_id, quantity: row.quantity }));
}

/** Moves a reservation, its row locked, to another status. */
export async function setStatus(
  tx: Db,
  id: string,
  change: { readonly status: ReservationStatus; readonly at: Date; readonly expiresAt?: Date },
): Promise<void> {
  await tx
    .updateTable('reservations')
    .set({
      status: change.status,
      updated_at: change.at,
      ...(change.expiresAt === undefined ? {} : { expires_at: change.expiresAt }),
    })
    .where('id', '=', id)
    .execute();
}

/** Removes a reservation that was recorded in this transaction and could not be held. */
export async function deleteReservation(tx: Db, id: string): Promise<void> {
  await tx.deleteFrom('reservations').where('id', '=', id).execute();
}

/** Orders whose hold has expired; uses `reservations_expiring`. */
export async function listExpired(db: Db, now: Date, limit: number): Promise<string[]> {
  const rows = await db
    .selectFrom('reservations')
    .select('order_id')
    .where('status', '=', 'held')
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(limit)
    .execute();
  return rows.map((row) => row.order_id);
}
