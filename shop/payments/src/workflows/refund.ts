import { faultPoint, PlatformError, uuidv7 } from '@mainstay/kernel';
import { isRefundable, stateAfterRefund } from '../domain/payment-state.ts';
import { paymentsReasons } from '../errors.ts';
import { findPayment, lockPayment, updatePayment } from '../store/payments-store.ts';
import { findRefund, insertRefund, pendingAmount, settleRefund } from '../store/refunds-store.ts';
import type { PaymentRow, RefundRow } from '../store/tables.ts';
import { insertTransaction } from '../store/transactions-store.ts';
import type { PaymentsDependencies } from './dependencies.ts';
import { paymentNotFound } from './payment-not-found.ts';
import { stateError } from './refusals.ts';

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
  const intent = await deps.database.transaction(async (tx) => {
    const found = await findPayment(tx.kysely, request.paymentId);
    if (found === undefined) throw paymentNotFound({ payment_id: request.paymentId });
    const payment = await lockPayment(tx.kysely, request.paymentId);
    const known = await findRefund(tx.kysely, payment.id, request.name);
    if (known !== undefined) return { payment, entry: known };
    if (!isRefundable(payment.status)) throw stateError(payment, 'refund');
    const pending = await pendingAmount(tx.kysely, payment.id);
    const left = payment.captured_minor_units - payment.refunded_minor_units - pending;
    const amountMinorUnits = request.amountMinorUnits ?? left;
    if (amountMinorUnits <= 0n || amountMinorUnits > left) throw tooLarge(payment, amountMinorUnits, left);
    const entry = await insertRefund(tx.kysely, {
      id: uuidv7(deps.clock),
      paymentId: payment.id,
      name: request.name,
      amountMinorUnits,
      reason: request.reason,
    });
    return { payment, entry };
  });
  return await finishRefund(deps, intent.payment, intent.entry);
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
    await deps.database.transaction(async (tx) => {
      const current = await lockPayment(tx.kysely, payment.id);
      const refused = 'refused' in outcome;
      const result = refused
        ? ({ status: 'failed' } as const)
        : ({ status: 'succeeded', processorReference: outcome.refundReference } as const);
      if (!(await settleRefund(tx.kysely, entry.id, result))) return;
      await insertTransaction(tx.kysely, payment, {
        kind: 'refund',
        outcome: refused ? 'failed' : 'succeeded',
        amountMinorUnits,
        ...(refused ? { declineCode: outcome.refused.code } : { processorReference: outcome.refundReference }),
      });
      if (refused) return;
      const refunded = current.refunded_minor_units + amountMinorUnits;
      await updatePayment(tx.kysely, payment.id, {
        status: stateAfterRefund(current.captured_minor_units, refunded),
        refunded_minor_units: refunded,
      });
    });
    if ('refused' in outcome) throw stateError(payment, `refund (${outcome.refused.code})`);
  }
  return (await findPayment(deps.database.kysely, payment.id))!;
}

function tooLarge(payment: PaymentRow, asked: bigint, left: bigint): PlatformError {
  const message = `${asked} minor units cannot be given back, ${left} of payment ${payment.id} are left`;
  return new PlatformError(paymentsReasons.REFUND_TOO_LARGE, message, {
    metadata: { payment_id: payment.id, refundable_minor_units: `${left}` },
  });
}
