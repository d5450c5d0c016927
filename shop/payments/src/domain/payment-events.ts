import { type PaymentState, stateAfterRefund } from './payment-state.ts';

/** A refund of a payment; a pending one holds its amount until the processor has answered. */
export interface RefundLife {
  readonly id: string;
  /** Unique among the refunds of a payment. */
  readonly name: string;
  readonly minorUnits: bigint;
  readonly status: 'pending' | 'succeeded' | 'failed';
}

/** What a payment is, as far as anything is decided by it. */
export interface PaymentLife {
  readonly paymentId: string;
  readonly state: PaymentState;
  readonly currencyCode: string;
  readonly minorUnits: bigint;
  readonly capturedMinorUnits: bigint;
  readonly refundedMinorUnits: bigint;
  /** True once the order is undone: nothing may be authorised or charged from then on. */
  readonly isClosed: boolean;
  /** True while the processor may still hold something that nobody here knows of. */
  readonly awaitsRecheck: boolean;
  /** In the order of their requests. */
  readonly refunds: readonly RefundLife[];
}

/** What can happen to a payment. */
export type PaymentEvent =
  | {
      readonly kind: 'requested';
      readonly paymentId: string;
      readonly userId: string;
      readonly currencyCode: string;
      readonly minorUnits: bigint;
    }
  | { readonly kind: 'closed'; readonly paymentId: string }
  | { readonly kind: 'authorizationUnknown'; readonly minorUnits: bigint }
  | { readonly kind: 'authorized'; readonly authorizationId: string; readonly minorUnits: bigint }
  | {
      readonly kind: 'declined';
      readonly authorizationId: string | null;
      readonly minorUnits: bigint;
      readonly declineCode: string;
    }
  | { readonly kind: 'captured'; readonly authorizationId: string; readonly minorUnits: bigint }
  | {
      readonly kind: 'voided';
      readonly authorizationId: string | null;
      /** Null when there was no hold to give up. */
      readonly givenUpMinorUnits: bigint | null;
      readonly recheckAt: Date | null;
    }
  | { readonly kind: 'rechecked'; readonly authorizationId: string | null; readonly givenUpMinorUnits: bigint | null }
  | {
      readonly kind: 'refundRequested';
      readonly refundId: string;
      readonly name: string;
      readonly minorUnits: bigint;
      readonly reason: string;
    }
  | {
      readonly kind: 'refundSucceeded';
      readonly refundId: string;
      readonly minorUnits: bigint;
      readonly processorReference: string;
    }
  | { readonly kind: 'refundFailed'; readonly refundId: string; readonly minorUnits: bigint; readonly code: string };

const nothing: PaymentLife = {
  paymentId: '',
  state: 'pending',
  currencyCode: '',
  minorUnits: 0n,
  capturedMinorUnits: 0n,
  refundedMinorUnits: 0n,
  isClosed: false,
  awaitsRecheck: false,
  refunds: [],
};

/** A payment after an event; the first one makes it. */
export function evolve(life: PaymentLife | undefined, event: PaymentEvent): PaymentLife {
  const before = life ?? nothing;
  switch (event.kind) {
    case 'requested': {
      const { paymentId, currencyCode, minorUnits } = event;
      return { ...before, paymentId, currencyCode, minorUnits };
    }
    case 'closed':
      // An order that never paid has a payment of nothing, which is over.
      return life === undefined
        ? { ...before, paymentId: event.paymentId, state: 'voided', isClosed: true }
        : { ...before, isClosed: true };
    case 'authorizationUnknown':
      return before;
    case 'authorized':
    case 'declined':
      return { ...before, state: event.kind };
    case 'voided':
      return { ...before, state: 'voided', awaitsRecheck: event.recheckAt !== null };
    case 'rechecked':
      return { ...before, awaitsRecheck: false };
    case 'captured':
      return { ...before, state: 'captured', capturedMinorUnits: event.minorUnits };
    case 'refundRequested': {
      const { refundId: id, name, minorUnits } = event;
      return { ...before, refunds: [...before.refunds, { id, name, minorUnits, status: 'pending' }] };
    }
    case 'refundSucceeded': {
      const refundedMinorUnits = before.refundedMinorUnits + event.minorUnits;
      const state = stateAfterRefund(before.capturedMinorUnits, refundedMinorUnits);
      return { ...before, state, refundedMinorUnits, refunds: settled(before, event.refundId, 'succeeded') };
    }
    case 'refundFailed':
      return { ...before, refunds: settled(before, event.refundId, 'failed') };
  }
}

function settled({ refunds }: PaymentLife, id: string, status: RefundLife['status']): readonly RefundLife[] {
  return refunds.map((refund) => (refund.id === id ? { ...refund, status } : refund));
}
