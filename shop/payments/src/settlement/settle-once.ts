import { findPayment, listToRecheck } from '../store/payments-store.ts';
import { listPendingRefunds } from '../store/refunds-store.ts';
import type { PaymentRow } from '../store/tables.ts';
import type { PaymentsDependencies } from '../workflows/dependencies.ts';
import { finishRefund } from '../workflows/refund.ts';

/** A refund is left to its own call for this long before the loop takes it up. */
const refundPatienceMs = 30_000;
const batchSize = 50;

/**
 * Finishes what calls left unfinished: pending refunds, and holds that turned up after their order was undone.
 *
 * Every step is one that may be repeated, so any number of instances may do this at once.
 *
 * @returns how many things were finished.
 */
export async function settleOnce(deps: PaymentsDependencies): Promise<number> {
  const db = deps.database.kysely;
  const nowMs = deps.clock.nowMs();
  let finished = 0;
  for (const entry of await listPendingRefunds(db, new Date(nowMs - refundPatienceMs), batchSize)) {
    const payment = await findPayment(db, entry.payment_id);
    if (payment !== undefined) await finishRefund(deps, payment, entry);
    finished += 1;
  }
  for (const payment of await listToRecheck(db, new Date(nowMs), batchSize)) {
    await voidLateArrival(deps, payment);
    finished += 1;
  }
  return finished;
}

async function voidLateArrival(deps: PaymentsDependencies, payment: PaymentRow): Promise<void> {
  const found = await deps.processor.findAuthorization(payment.id);
  const isHeld = found?.status === 'authorized';
  if (isHeld) {
    await deps.processor.voidAuthorization(found.id, payment.id);
    deps.logger.warn('a hold turned up after its order was undone and was given up', { paymentId: payment.id });
  }
  await deps.record.execute(payment.order_id, {
    kind: 'rechecked',
    authorizationId: found?.id ?? null,
    givenUpMinorUnits: isHeld ? payment.amount_minor_units : null,
  });
}
