import { PlatformError, type Reason, uuidv7 } from '@mainstay/kernel';
import type { Transaction } from '@mainstay/postgres';
import {
  decideReservation,
  type ReservationCall,
  type ReservationStatus,
  type StockEffect,
  type StockLine,
} from '../domain/reservation.ts';
import { productsReasons } from '../errors.ts';
import { insertReservation, lockReservation, readLines, setStatus } from '../store/reservations-store.ts';
import { applyEffect, lockStock } from '../store/stock-store.ts';
import type { ReservationRow } from '../store/tables.ts';
import { shortagesOf } from './shortages.ts';

/** The calls that end a hold or a sale. */
export type SettlingCall = Exclude<ReservationCall, 'reserve'>;

/** How a reservation stands after a call. */
export interface Settled {
  readonly status: ReservationStatus | 'none';
  /** Whether it has lines: false for an order that was released before it ever held. */
  readonly hasLines: boolean;
  readonly updatedAt: Date;
}

const refusals: Readonly<Record<'closed' | 'committed' | 'not_found', Reason>> = {
  closed: productsReasons.RESERVATION_CLOSED,
  committed: productsReasons.RESERVATION_COMMITTED,
  not_found: productsReasons.RESERVATION_NOT_FOUND,
};

/**
 * Ends the hold or the sale of an order, in the caller's transaction; repeating it changes nothing.
 *
 * The reservation's row is locked first and the stock rows after it in the order of their ids, as everywhere here.
 *
 * @throws {@link PlatformError} `RESERVATION_CLOSED`, `RESERVATION_COMMITTED`, `RESERVATION_NOT_FOUND`,
 * `RESERVATION_STOCK_GONE` as the table of `decideReservation` says.
 */
export async function settle(tx: Transaction, call: SettlingCall, orderId: string): Promise<Settled> {
  let row = await lockReservation(tx.kysely, orderId);
  if (row === undefined && call === 'release') {
    const now = new Date();
    if (await insertReservation(tx.kysely, { id: uuidv7(), orderId, status: 'released', expiresAt: now })) {
      return { status: 'released', hasLines: false, updatedAt: now };
    }
    row = await lockReservation(tx.kysely, orderId);
  }
  const status = row?.status ?? 'none';
  const decision = decideReservation(call, status);
  if (decision.do === 'refuse') {
    const message = `the reservation of order ${orderId} is ${status}, ${call} is refused`;
    throw new PlatformError(refusals[decision.because], message, { metadata: { order_id: orderId } });
  }
  if (row === undefined) return { status, hasLines: false, updatedAt: new Date() };
  const lines = await readLines(tx.kysely, row.id);
  if (decision.do === 'nothing') return { status, hasLines: lines.length > 0, updatedAt: row.updated_at };
  await change(tx, { row, lines, effect: decision.effect, call });
  const updatedAt = new Date();
  await setStatus(tx.kysely, row.id, { status: decision.to, at: updatedAt });
  return { status: decision.to, hasLines: lines.length > 0, updatedAt };
}

interface Change {
  readonly row: ReservationRow;
  readonly lines: readonly StockLine[];
  readonly effect: StockEffect;
  readonly call: SettlingCall;
}

async function change(tx: Transaction, { row, lines, effect, call }: Change): Promise<void> {
  if (lines.length === 0) return;
  const stock = await lockStock(
    tx.kysely,
    lines.map((line) => line.productId),
  );
  const takesAfresh = effect.onHand === -1 && effect.reserved === 0;
  if (takesAfresh && shortagesOf(lines, stock).length > 0) {
    const message = `the hold of order ${row.order_id} had expired and its stock is sold`;
    throw new PlatformError(productsReasons.RESERVATION_STOCK_GONE, message, { metadata: { order_id: row.order_id } });
  }
  await applyEffect(tx.kysely, lines, { ...effect, reason: call, orderId: row.order_id });
}
