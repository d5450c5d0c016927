import { isUuid } from '@mainstay/kernel';
import type { Transaction } from '@mainstay/postgres';
import type { SagaEvent } from '@mainstay/saga';
import type { Kysely } from 'kysely';
import { type CancelRequest, parseCancelRequest } from '../domain/cancel-request.ts';
import { type PlacingFailure, placingFailureOf } from '../domain/placing-failure.ts';
import type { OrderMoves } from '../events/order-moves.ts';
import { updateOrder } from '../store/orders-store.ts';
import type { OrdersDatabase } from '../store/tables.ts';
import type { PlaceOrderState } from './place-order-state.ts';

type Db = Kysely<OrdersDatabase>;
type PlacingEvent = SagaEvent<PlaceOrderState>;

/** How the placing of an order is ended. */
export interface EndOptions {
  readonly moves: OrderMoves;
  readonly at: Date;
}

/** How a placed order is closed. */
export interface CloseOptions extends EndOptions {
  readonly cancelAfterAll: (tx: Transaction, orderId: string, request: CancelRequest) => Promise<void>;
}

/** Tells readers why an order is being undone, before the first counter-action. */
export async function keepUndoReason(tx: Db, event: PlacingEvent, at: Date): Promise<void> {
  const { failure } = endOf(event);
  await updateOrder(tx, event.subject, { cancel_reason: failure.reason, updated_at: at });
}

/** Confirms an order; when it was to be cancelled after the last moment, that begins in the same transaction. */
export async function closePlacedOrder(tx: Transaction, event: PlacingEvent, options: CloseOptions): Promise<void> {
  const { subject: orderId, state, cancelReason } = event;
  await options.moves.move(tx, orderId, {
    to: 'confirmed',
    actor: 'saga',
    at: options.at,
    change: { payment_id: state.paymentId },
  });
  if (cancelReason !== null) await options.cancelAfterAll(tx, orderId, parseCancelRequest(cancelReason));
}

/** Cancels an order of which nothing is left: no payment, no hold. */
export async function markCancelled(tx: Transaction, event: PlacingEvent, { moves, at }: EndOptions): Promise<void> {
  const { failure, actor } = endOf(event);
  const paymentId = event.state.paymentId ?? failure.metadata['payment_id'];
  await moves.move(tx, event.subject, {
    to: 'cancelled',
    actor,
    at,
    reason: failure.reason,
    change: {
      cancel_reason: failure.reason,
      failure: JSON.stringify(failure),
      ...(paymentId !== undefined && isUuid(paymentId) && { payment_id: paymentId }),
    },
  });
}

function endOf({ reason }: PlacingEvent): { failure: PlacingFailure; actor: 'saga' | CancelRequest['actor'] } {
  const failure = placingFailureOf(reason ?? { kind: 'time_limit', step: null, reason: '', metadata: {} });
  if (reason?.kind !== 'canceled') return { failure, actor: 'saga' };
  const request = parseCancelRequest(reason.reason);
  return { failure: { reason: request.reason, metadata: {} }, actor: request.actor };
}
