import { isUuid } from '@mainstay/kernel';
import type { Transaction } from '@mainstay/postgres';
import type { SagaEvent } from '@mainstay/saga';
import { type CancelRequest, parseCancelRequest } from '../domain/cancel-request.ts';
import { type PlacingFailure, placingFailureOf } from '../domain/placing-failure.ts';
import type { OrderRecord } from '../record/order-record.ts';
import type { PlaceOrderState } from './place-order-state.ts';

type PlacingEvent = SagaEvent<PlaceOrderState>;

/** How a placed order is closed. */
export interface CloseOptions {
  readonly record: OrderRecord;
  readonly cancelAfterAll: (tx: Transaction, orderId: string, request: CancelRequest) => Promise<void>;
}

/** Tells readers why an order is being undone, before the first counter-action. */
export async function turnBack(tx: Transaction, event: PlacingEvent, record: OrderRecord): Promise<void> {
  const { failure, actor } = endOf(event);
  await record.execute(tx, event.subject, { command: { kind: 'turnBack', reason: failure.reason }, actor });
}

/** Confirms an order; when it was to be cancelled after the last moment, that begins in the same transaction. */
export async function closePlacedOrder(
  tx: Transaction,
  { subject: orderId, state: { paymentId }, cancelReason }: PlacingEvent,
  { record, cancelAfterAll }: CloseOptions,
): Promise<void> {
  await record.execute(tx, orderId, { command: { kind: 'confirm', paymentId }, actor: 'saga' });
  if (cancelReason !== null) await cancelAfterAll(tx, orderId, parseCancelRequest(cancelReason));
}

/** Cancels an order of which nothing is left: no payment, no hold. */
export async function markCancelled(tx: Transaction, event: PlacingEvent, record: OrderRecord): Promise<void> {
  const { failure, actor } = endOf(event);
  const known = event.state.paymentId ?? failure.metadata['payment_id'] ?? '';
  const paymentId = isUuid(known) ? known : null;
  const command = { kind: 'cancel', reason: failure.reason, failure, paymentId } as const;
  await record.execute(tx, event.subject, { command, actor });
}

function endOf({ reason }: PlacingEvent): { failure: PlacingFailure; actor: 'saga' | CancelRequest['actor'] } {
  const failure = placingFailureOf(reason ?? { kind: 'time_limit', step: null, reason: '', metadata: {} });
  if (reason?.kind !== 'canceled') return { failure, actor: 'saga' };
  const request = parseCancelRequest(reason.reason);
  return { failure: { reason: request.reason, metadata: {} }, actor: request.actor };
}
