import { faultPoint, isPlatformError, uuidv7 } from '@mainstay/kernel';
import { isRefundable } from '../domain/payment-state.ts';
import type { Authorization } from '../processor/answers.ts';
import { findByOrder } from '../store/payments-store.ts';
import type { PaymentRow } from '../store/tables.ts';
import type { PaymentsDependencies } from './dependencies.ts';
import { refund } from './refund.ts';

/** How long a lost authorisation may still turn up at the processor after the order was undone. */
const lateArrivalMs = 60_000;

/**
 * Undoes the payment of an order whatever its state, and blocks everything that comes later.
 *
 * The order is closed first; from then on nothing new is authorised or captured. Then the processor, who knows the
 * truth, is asked what there is to undo: a hold is voided, a charge is given back. Safe to repeat, and safe for an
 * order that never paid.
 *
 * @returns the payment, or undefined when the order never had one.
 * @throws {@link PlatformError} `PROCESSOR_UNAVAILABLE`; repeat until it succeeds.
 */
export async function cancel(
  deps: PaymentsDependencies,
  request: { readonly orderId: string; readonly reason: string },
): Promise<PaymentRow | undefined> {
  const payment = await close(deps, request.orderId);
  if (payment.user_id === null) return undefined;
  if (payment.status === 'voided' || payment.status === 'declined' || payment.status === 'refunded') return payment;
  await faultPoint('payments.before-cancel');
  const truth = await deps.processor.findAuthorization(payment.id);
  const undone = await undo(deps, payment, { truth, reason: request.reason });
  await faultPoint('payments.after-cancel');
  return undone;
}

/** Closes the payment of an order, making one of amount 0 when there is none. */
async function close(deps: PaymentsDependencies, orderId: string): Promise<PaymentRow> {
  const { payment } = await deps.record.execute(orderId, { kind: 'closed', paymentId: uuidv7(deps.clock) });
  return payment;
}

interface Undo {
  readonly truth: Authorization | undefined;
  readonly reason: string;
}

async function undo(deps: PaymentsDependencies, payment: PaymentRow, { truth, reason }: Undo): Promise<PaymentRow> {
  if (truth === undefined || truth.status === 'declined' || truth.status === 'voided') {
    return await markVoided(deps, payment, truth);
  }
  if (truth.status === 'authorized') {
    const outcome = await deps.processor.voidAuthorization(truth.id, payment.id);
    if ('authorization' in outcome) return await markVoided(deps, payment, outcome.authorization);
    // A capture was faster; read again what there is to give back.
    const again = await deps.processor.findAuthorization(payment.id);
    return again === undefined || again.status === 'authorized'
      ? payment
      : await undo(deps, payment, { truth: again, reason });
  }
  return await giveBack(deps, payment, { truth, reason });
}

async function markVoided(
  deps: PaymentsDependencies,
  payment: PaymentRow,
  truth: Authorization | undefined,
): Promise<PaymentRow> {
  // Nothing found does not mean that nothing will arrive: a lost request may still be on its way.
  const { payment: voided } = await deps.record.execute(payment.order_id, {
    kind: 'voided',
    authorizationId: truth?.id ?? null,
    givenUpMinorUnits: truth?.status === 'voided' ? payment.amount_minor_units : null,
    recheckAt: truth === undefined ? new Date(deps.clock.nowMs() + lateArrivalMs) : null,
  });
  return voided;
}

async function giveBack(
  deps: PaymentsDependencies,
  payment: PaymentRow,
  { truth, reason }: { readonly truth: Authorization; readonly reason: string },
): Promise<PaymentRow> {
  // The processor charged, but the answer never reached us: record the charge before giving it back.
  const { payment: charged } = await deps.record.execute(payment.order_id, {
    kind: 'captured',
    authorizationId: truth.id,
    minorUnits: BigInt(truth.captured_minor),
  });
  if (!isRefundable(charged.status)) return charged;
  try {
    return await refund(deps, { paymentId: payment.id, name: 'cancel-payment', reason });
  } catch (error) {
    // A refund of the rest was under way; when it has settled there is nothing left to give back.
    if (!isPlatformError(error, 'REFUND_TOO_LARGE')) throw error;
    return (await findByOrder(deps.database.kysely, payment.order_id)) ?? charged;
  }
}
