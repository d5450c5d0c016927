/** Why an order could not be placed, as it is stored with the order; the same for every repetition of the call. */
export interface PlacingFailure {
  /** What the order's `cancel_reason` says. */
  readonly reason: string;
  /** Facts for the caller, for example `decline_code`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** What the domain needs to know of a saga's reason. */
export interface UndoReason {
  readonly kind: 'step_failed' | 'retries_exhausted' | 'time_limit' | 'canceled' | 'by_hand';
  readonly step: string | null;
  readonly reason: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Says why an order was not placed, in the words of the shop.
 *
 * A refusal keeps its reason (`PAYMENT_DECLINED`); a neighbour that did not answer in time is `SERVICE_UNAVAILABLE`
 * with the step, because the customer can do nothing about which one it was. An order that an operator turned back is
 * `CANCELLED_BY_OPERATOR`; what the operator noted stays with the saga.
 */
export function placingFailureOf(undo: UndoReason): PlacingFailure {
  if (undo.kind === 'by_hand') return { reason: 'CANCELLED_BY_OPERATOR', metadata: {} };
  if (undo.kind === 'step_failed') return { reason: undo.reason, metadata: undo.metadata };
  return {
    reason: undo.kind === 'canceled' ? undo.reason : 'SERVICE_UNAVAILABLE',
    metadata: undo.kind === 'canceled' || undo.step === null ? {} : { step: undo.step },
  };
}
