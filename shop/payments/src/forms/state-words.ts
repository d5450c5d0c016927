import { PaymentStatus } from '@mainstay/contracts/payments/v1/payments';
import type { PaymentState } from '../domain/payment-state.ts';

/** The contract's number of each state. */
export const statusNumbers: Readonly<Record<PaymentState, PaymentStatus>> = {
  pending: PaymentStatus.PENDING,
  authorized: PaymentStatus.AUTHORIZED,
  captured: PaymentStatus.CAPTURED,
  declined: PaymentStatus.DECLINED,
  voided: PaymentStatus.VOIDED,
  partially_refunded: PaymentStatus.PARTIALLY_REFUNDED,
  refunded: PaymentStatus.REFUNDED,
};

const words = new Map(Object.entries(statusNumbers).map(([word, number]) => [number, word as PaymentState]));

/** The stored word of a status; `pending` for one that is not stated. */
export function stateOf(status: PaymentStatus): PaymentState {
  return words.get(status) ?? 'pending';
}
