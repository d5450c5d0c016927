import { faultPoint } from '@mainstay/kernel';
import { decideCapture } from '../domain/payment-state.ts';
import { findByOrder, lockPayment, updatePayment } from '../store/payments-store.ts';
import type { PaymentRow } from '../store/tables.ts';
import { insertTransaction } from '../store/transactions-store.ts';
import type { PaymentsDependencies } from './dependencies.ts';
import { paymentNotFound } from './payment-not-found.ts';
import { closedError, stateError } from './refusals.ts';

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
  return await deps.database.transaction(async (tx) => {
    const current = await lockPayment(tx.kysely, payment.id);
    if (current.status !== 'authorized') return answerOrRefuse(current);
    if ('refused' in outcome) throw stateError(current, `capture (${outcome.refused.code})`);
    await insertTransaction(tx.kysely, payment, {
      kind: 'capture',
      outcome: 'succeeded',
      amountMinorUnits: BigInt(outcome.authorization.captured_minor),
      processorReference: outcome.authorization.id,
    });
    const change = {
      status: 'captured' as const,
      captured_minor_units: BigInt(outcome.authorization.captured_minor),
    };
    return await updatePayment(tx.kysely, payment.id, change);
  });
}

/** Another call changed the payment while the processor was asked: its state decides. */
function answerOrRefuse(current: PaymentRow): PaymentRow {
  const decision = decideCapture(current.status, current.closed_at !== null);
  if (decision === 'answer') return current;
  throw decision === 'closed' ? closedError(current) : stateError(current, 'capture');
}
