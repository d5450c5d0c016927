/** Where a payment stands; the contract's `PaymentStatus` lists the moves. */
export type PaymentState =
  | 'pending'
  | 'authorized'
  | 'captured'
  | 'declined'
  | 'voided'
  | 'partially_refunded'
  | 'refunded';

/** What a call has to do with a payment. */
export type PaymentDecision =
  /** Ask the processor to do it, or to tell what it did. */
  | 'call'
  /** It was done before; answer the same. */
  | 'answer'
  /** The order was undone; refuse. */
  | 'closed'
  /** It does not fit the state; refuse. */
  | 'state';

/** Decides what an authorisation does; `closed` tells that the order was undone. */
export function decideAuthorize(state: PaymentState, closed: boolean): PaymentDecision {
  if (state === 'declined') return 'answer';
  if (closed || state === 'voided') return 'closed';
  return state === 'pending' ? 'call' : 'answer';
}

/** Decides what a capture does. */
export function decideCapture(state: PaymentState, closed: boolean): PaymentDecision {
  if (state === 'captured' || state === 'partially_refunded' || state === 'refunded') return 'answer';
  if (closed || state === 'voided') return 'closed';
  return state === 'authorized' ? 'call' : 'state';
}

/** State after some of a captured amount was given back. */
export function stateAfterRefund(capturedMinorUnits: bigint, refundedMinorUnits: bigint): PaymentState {
  if (refundedMinorUnits === 0n) return 'captured';
  return refundedMinorUnits < capturedMinorUnits ? 'partially_refunded' : 'refunded';
}

/** Whether something of a payment can be given back. */
export function isRefundable(state: PaymentState): boolean {
  return state === 'captured' || state === 'partially_refunded';
}
