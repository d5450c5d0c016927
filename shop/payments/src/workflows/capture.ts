import { faultPoint } from '@mainstay/kernel';
import { paymentNotFound } from '../domain/payment-not-found.ts';
import { decideCapture } from '../domain/payment-state.ts';
import { closedError, stateError } from '../domain/refusals.ts';
import { findByOrder } from '../store/payments-store.ts';
import type { PaymentRow } from '../store/tables.ts';
import type { PaymentsDependencies } from './dependencies.ts';

/**
 * Charges the held amount of an order, once however often it is called.
 *
 * @throws {@link PlatformError} `PAYMENT_NOT_FOUND`, `PAYMENT_STATE`, `PAYMENT_CLOSED`, `PROCESSOR_UNAVAILABLE`.
 */
export async function capture(deps: PaymentsDependencies, orderId: string): Promise<PaymentRow> {
  const payment = await deps.database.transaction({ name: 'capture-intent' }, (tx) => findByOrder(tx.kysely, orderId));
  if (payment === undefined) throw paymentNotFound({ order_id: orderId });
  const decision = decideCapture(payment.status, payment.closed_at !== null);
  if (decision === 'closed') throw closedError(payment);
  if (decision === 'state' || payment.authorization_id === null) throw stateError(payment, 'capture');
  if (decision === 'answer') return payment;

  await faultPoint('payments.before-capture');
  const outcome = await deps.processor.capture(payment.authorization_id, payment.id);
  await faultPoint('payments.after-capture');
  if ('refused' in outcome) {
    const current = (await findByOrder(deps.database.kysely, orderId)) ?? payment;
    if (current.status !== 'authorized') return answerOrRefuse(current);
    throw stateError(current, `capture (${outcome.refused.code})`);
  }
  const { id: authorizationId, captured_minor: captured } = outcome.authorization;
  const minorUnits = BigInt(captured);
  const recorded = await deps.record.execute(orderId, { kind: 'captured', authorizationId, minorUnits });
  return recorded.events.length > 0 ? recorded.payment : answerOrRefuse(recorded.payment);
}

/** Another call changed the payment while the processor was asked: its state decides. */
function answerOrRefuse(current: PaymentRow): PaymentRow {
  const decision = decideCapture(current.status, current.closed_at !== null);
  if (decision === 'answer') return current;
  throw decision === 'closed' ? closedError(current) : stateError(current, 'capture');
}
