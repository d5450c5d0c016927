import { faultPoint, uuidv7 } from '@mainstay/kernel';
import { paymentNotFound } from '../domain/payment-not-found.ts';
import { stateError } from '../domain/refusals.ts';
import { findPayment } from '../store/payments-store.ts';
import { findRefund } from '../store/refunds-store.ts';
import type { PaymentRow, RefundRow } from '../store/tables.ts';
import type { PaymentsDependencies } from './dependencies.ts';

/** What to give back. */
export interface RefundRequest {
  readonly paymentId: string;
  /** Names this refund among those of the payment; what has one name is given back once. */
  readonly name: string;
  /** Absent means all that is left. */
  readonly amountMinorUnits?: bigint;
  readonly reason: string;
}

/**
 * Gives a charged amount back, whole or in part, once for one name.
 *
 * The refund is recorded as pending, which holds its amount against other refunds, then asked for, then settled; one
 * that is cut off in between is finished by the next call with its name or by the settlement loop.
 *
 * @throws {@link PlatformError} `PAYMENT_NOT_FOUND`, `PAYMENT_STATE`, `REFUND_TOO_LARGE`, `PROCESSOR_UNAVAILABLE`.
 */
export async function refund(deps: PaymentsDependencies, request: RefundRequest): Promise<PaymentRow> {
  const { paymentId, name, amountMinorUnits: minorUnits, reason } = request;
  const found = await deps.database.transaction({ name: 'refund-intent' }, (tx) => findPayment(tx.kysely, paymentId));
  if (found === undefined) throw paymentNotFound({ payment_id: paymentId });
  const { payment } = await deps.record.execute(found.order_id, {
    kind: 'refund',
    refundId: uuidv7(deps.clock),
    name,
    reason,
    ...(minorUnits !== undefined && { minorUnits }),
  });
  const entry = await findRefund(deps.database.kysely, paymentId, name);
  return await finishRefund(deps, payment, entry!);
}

/** Asks for a pending refund and settles it; answers with the payment when it is settled already. */
export async function finishRefund(
  deps: PaymentsDependencies,
  payment: PaymentRow,
  entry: RefundRow,
): Promise<PaymentRow> {
  if (entry.status === 'failed') throw stateError(payment, 'refund');
  if (entry.status === 'pending') {
    if (payment.authorization_id === null) throw stateError(payment, 'refund');
    const amountMinorUnits = entry.amount_minor_units;
    await faultPoint('payments.before-refund');
    const outcome = await deps.processor.refund(payment.authorization_id, amountMinorUnits, entry.id);
    await faultPoint('payments.after-refund');
    await deps.record.execute(
      payment.order_id,
      'refused' in outcome
        ? { kind: 'refundRefused', refundId: entry.id, code: outcome.refused.code }
        : { kind: 'refundDone', refundId: entry.id, processorReference: outcome.refundReference },
    );
    if ('refused' in outcome) throw stateError(payment, `refund (${outcome.refused.code})`);
  }
  return (await findPayment(deps.database.kysely, payment.id))!;
}
