import type { OrderStatus } from './order-status.ts';
import type { PlacingFailure } from './placing-failure.ts';

/** One line of an order, as it was when it was placed. */
export interface OrderLine {
  readonly productId: string;
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPriceMinorUnits: bigint;
  readonly totalPriceMinorUnits: bigint;
}

/** An order as it was placed; nothing of it ever changes. */
export interface PlacedOrder {
  readonly userId: string;
  readonly sagaId: string;
  readonly currencyCode: string;
  /** In the order they were sent; at least one. */
  readonly lines: readonly OrderLine[];
  readonly subtotalMinorUnits: bigint;
  readonly taxMinorUnits: bigint;
  readonly shippingMinorUnits: bigint;
  readonly address: {
    readonly street: string;
    readonly city: string;
    readonly state: string;
    readonly zipCode: string;
    readonly country: string;
  };
}

/** What an order costs. */
export function totalOf({ subtotalMinorUnits, taxMinorUnits, shippingMinorUnits }: PlacedOrder): bigint {
  return subtotalMinorUnits + taxMinorUnits + shippingMinorUnits;
}

/** What changes in the life of an order. */
export interface OrderLife {
  readonly status: OrderStatus;
  /** Why it is cancelled or, while it is not yet, why it is being undone. */
  readonly cancelReason: string | null;
  /** Why it could not be placed; the same for every repetition of the call. */
  readonly failure: PlacingFailure | null;
  readonly paymentId: string | null;
  readonly trackingNumber: string | null;
  /** The saga that cancels it after it was paid, or takes it back; meanwhile nothing else may change it. */
  readonly closingSagaId: string | null;
}

/** What can happen to an order. */
export type OrderEvent =
  | { readonly kind: 'created'; readonly order: PlacedOrder }
  | { readonly kind: 'reserved' }
  | { readonly kind: 'turnedBack'; readonly reason: string }
  | { readonly kind: 'confirmed'; readonly paymentId: string | null }
  | { readonly kind: 'cancelRequested'; readonly reason: string }
  | {
      readonly kind: 'undoingBegun';
      readonly to: 'cancelled' | 'returned';
      readonly sagaId: string;
      readonly reason: string;
    }
  | { readonly kind: 'shipped'; readonly trackingNumber: string }
  | { readonly kind: 'delivered' }
  | {
      readonly kind: 'cancelled';
      readonly reason: string;
      /** Set when it ended without a sale. */
      readonly failure: PlacingFailure | null;
      /** The payment that was undone; null when nothing new is known of it. */
      readonly paymentId: string | null;
    }
  | { readonly kind: 'returned'; readonly reason: string }
  | {
      readonly kind: 'imported';
      readonly order: PlacedOrder;
      readonly life: OrderLife;
      /** Its history, oldest first. */
      readonly changes: readonly PastChange[];
      readonly createdAt: Date;
      readonly updatedAt: Date;
    };

/** What decisions make; only a migration imports. */
export type DecidedEvent = Exclude<OrderEvent, { readonly kind: 'imported' }>;

/** A change of status from before an order had events. */
export interface PastChange {
  readonly from: OrderStatus | null;
  readonly to: OrderStatus;
  readonly reason: string;
  readonly actor: string;
  readonly at: Date;
}

const born: OrderLife = {
  status: 'pending',
  cancelReason: null,
  failure: null,
  paymentId: null,
  trackingNumber: null,
  closingSagaId: null,
};

/** What an event changes; the tables that orders are read from change by the same. */
export function changesOf(event: OrderEvent): Partial<OrderLife> {
  switch (event.kind) {
    case 'created':
      return born;
    case 'imported':
      return event.life;
    case 'reserved':
      return { status: 'reserved' };
    case 'turnedBack':
      return { cancelReason: event.reason };
    case 'confirmed':
      return { status: 'confirmed', paymentId: event.paymentId };
    case 'cancelRequested':
      return {};
    case 'undoingBegun':
      return { closingSagaId: event.sagaId };
    case 'shipped':
      return { status: 'shipped', trackingNumber: event.trackingNumber };
    case 'delivered':
      return { status: 'delivered' };
    case 'cancelled':
      return {
        status: 'cancelled',
        cancelReason: event.reason,
        ...(event.failure !== null && { failure: event.failure }),
        ...(event.paymentId !== null && { paymentId: event.paymentId }),
      };
    case 'returned':
      return { status: 'returned' };
  }
}

/** The life of an order after an event; the first one makes it. */
export function evolve(life: OrderLife | undefined, event: OrderEvent): OrderLife {
  return { ...(life ?? born), ...changesOf(event) };
}
