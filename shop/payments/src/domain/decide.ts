import { PlatformError } from '@mainstay/kernel';
import { paymentsReasons } from '../errors.ts';
import type { PaymentEvent, PaymentLife } from './payment-events.ts';
import { paymentNotFound } from './payment-not-found.ts';
import { isRefundable } from './payment-state.ts';
import { stateError } from './refusals.ts';

/** What may be asked of the record of a payment; what the processor did is reported to it. */
export type PaymentCommand =
  /** An amount is to be paid. */
  | (PaymentEvent & { readonly kind: 'requested' })
  /** The order is undone. */
  | (PaymentEvent & { readonly kind: 'closed' })
  /** The processor's answers. */
  | (PaymentEvent & {
      readonly kind: 'authorizationUnknown' | 'authorized' | 'declined' | 'captured' | 'voided' | 'rechecked';
    })
  | {
      readonly kind: 'refund';
      readonly refundId: string;
      /** What has one name is given back once. */
      readonly name: string;
      /** Absent means all that is left. */
      readonly minorUnits?: bigint;
      readonly reason: string;
    }
  | { readonly kind: 'refundDone'; readonly refundId: string; readonly processorReference: string }
  | { readonly kind: 'refundRefused'; readonly refundId: string; readonly code: string };

/**
 * Decides what is recorded of a payment: pure, and the only place that does.
 *
 * The processor's answers are facts: one that comes twice, or after another that settled the same, changes nothing.
 *
 * @param life - what its events amount to so far; undefined before there was any.
 * @returns empty when it is the case already, or comes too late.
 * @throws {@link PlatformError} `PAYMENT_STATE` or `REFUND_TOO_LARGE` for a refund that is not possible, `PAYMENT_NOT_FOUND` when
 * there is no payment.
 */
export function decide(
  orderId: string,
  life: PaymentLife | undefined,
  command: PaymentCommand,
): readonly PaymentEvent[] {
  if (command.kind === 'requested') return life === undefined ? [command] : [];
  if (command.kind === 'closed') return life?.isClosed === true ? [] : [command];
  if (life === undefined) throw paymentNotFound({ order_id: orderId });
  switch (command.kind) {
    case 'authorizationUnknown':
    case 'authorized':
    case 'declined':
      return life.state === 'pending' ? [command] : [];
    case 'captured':
    case 'voided':
      return life.state === 'pending' || life.state === 'authorized' ? [command] : [];
    case 'rechecked':
      return life.awaitsRecheck ? [command] : [];
    case 'refund':
      return decideRefund(life, command);
    case 'refundDone':
    case 'refundRefused':
      return settleRefund(life, command);
  }
}

function decideRefund(
  life: PaymentLife,
  { refundId, name, reason, minorUnits: asked }: PaymentCommand & { readonly kind: 'refund' },
): readonly PaymentEvent[] {
  if (life.refunds.some((refund) => refund.name === name)) return [];
  if (!isRefundable(life.state)) throw stateError({ id: life.paymentId, status: life.state }, 'refund');
  const pending = life.refunds.filter(({ status }) => status === 'pending');
  const held = pending.reduce((sum, refund) => sum + refund.minorUnits, 0n);
  const left = life.capturedMinorUnits - life.refundedMinorUnits - held;
  const minorUnits = asked ?? left;
  if (minorUnits > 0n && minorUnits <= left) return [{ kind: 'refundRequested', refundId, name, minorUnits, reason }];
  const message = `${minorUnits} minor units cannot be given back, ${left} of payment ${life.paymentId} are left`;
  throw new PlatformError(paymentsReasons.REFUND_TOO_LARGE, message, {
    metadata: { payment_id: life.paymentId, refundable_minor_units: `${left}` },
  });
}

function settleRefund(
  { refunds }: PaymentLife,
  command: PaymentCommand & { readonly kind: 'refundDone' | 'refundRefused' },
): readonly PaymentEvent[] {
  const { refundId } = command;
  const refund = refunds.find(({ id }) => id === refundId);
  if (refund?.status !== 'pending') return [];
  const { minorUnits } = refund;
  return command.kind === 'refundDone'
    ? [{ kind: 'refundSucceeded', refundId, minorUnits, processorReference: command.processorReference }]
    : [{ kind: 'refundFailed', refundId, minorUnits, code: command.code }];
}
