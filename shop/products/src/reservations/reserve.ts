import { isUuid, PlatformError, uuidv7 } from '@mainstay/kernel';
import type { Transaction } from '@mainstay/postgres';
import { decideReservation, type StockLine } from '../domain/reservation.ts';
import { productsReasons } from '../errors.ts';
import {
  deleteReservation,
  insertLines,
  insertReservation,
  lockReservation,
  readLines,
  setStatus,
} from '../store/reservations-store.ts';
import { applyEffect, lockStock } from '../store/stock-store.ts';
import type { ReservationRow } from '../store/tables.ts';
import { type StockShortage, shortagesOf } from './shortages.ts';

/** Held, or short. */
export type ReserveOutcome =
  | { readonly reservation: { readonly id: string; readonly expiresAt: Date } }
  | { readonly shortages: readonly StockShortage[] };

/** What to hold, for whom, until when. */
export interface ReserveRequest {
  readonly orderId: string;
  readonly lines: readonly StockLine[];
  readonly expiresAt: Date;
}

/**
 * Holds stock for an order: all lines or none, in the caller's transaction.
 *
 * A second call for the order returns the first hold, whatever its lines say; a hold that has expired is taken again
 * with the lines it had.
 *
 * @throws {@link PlatformError} `failed_precondition` / `RESERVATION_CLOSED` when the order was released before.
 */
export async function reserve(tx: Transaction, request: ReserveRequest): Promise<ReserveOutcome> {
  const unknown = request.lines.filter(({ productId }) => !isUuid(productId));
  if (unknown.length > 0) {
    return { shortages: unknown.map(({ productId, quantity }) => ({ productId, requested: quantity, available: 0 })) };
  }
  const id = uuidv7();
  const { orderId, expiresAt } = request;
  if (await insertReservation(tx.kysely, { id, orderId, expiresAt, status: 'held' })) {
    const shortages = await hold(tx, request.lines, orderId);
    if (shortages.length > 0) {
      await deleteReservation(tx.kysely, id);
      return { shortages };
    }
    await insertLines(tx.kysely, id, request.lines);
    return { reservation: { id, expiresAt } };
  }
  return await reserveAgain(tx, (await lockReservation(tx.kysely, orderId))!, expiresAt);
}

async function reserveAgain(tx: Transaction, row: ReservationRow, expiresAt: Date): Promise<ReserveOutcome> {
  const decision = decideReservation('reserve', row.status);
  if (decision.do === 'refuse') {
    throw new PlatformError(productsReasons.RESERVATION_CLOSED, `the hold of order ${row.order_id} is ${row.status}`, {
      metadata: { order_id: row.order_id },
    });
  }
  if (decision.do === 'nothing') return { reservation: { id: row.id, expiresAt: row.expires_at } };
  const shortages = await hold(tx, await readLines(tx.kysely, row.id), row.order_id);
  if (shortages.length > 0) return { shortages };
  await setStatus(tx.kysely, row.id, { status: decision.to, at: new Date(), expiresAt });
  return { reservation: { id: row.id, expiresAt } };
}

async function hold(tx: Transaction, lines: readonly StockLine[], orderId: string): Promise<StockShortage[]> {
  const stock = await lockStock(
    tx.kysely,
    lines.map((line) => line.productId),
  );
  const shortages = shortagesOf(lines, stock);
  if (shortages.length === 0) {
    await applyEffect(tx.kysely, lines, { onHand: 0, reserved: 1, reason: 'reserve', orderId });
  }
  return shortages;
}
