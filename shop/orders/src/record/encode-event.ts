import {
  OrderCancelledSchema,
  OrderConfirmedSchema,
  OrderDeliveredSchema,
  OrderPlacedSchema,
  OrderReturnedSchema,
  OrderShippedSchema,
} from '@mainstay/contracts/orders/v1/events';
import {
  OrderCancelRequestedSchema,
  OrderCreatedSchema,
  OrderImportedSchema,
  OrderInventoryReservedSchema,
  OrderTurnedBackSchema,
  OrderUndoingBegunSchema,
} from '@mainstay/contracts/orders/v1/record';
import { type EventDraft, tell } from '@mainstay/messaging';
import type { DecidedEvent, PlacedOrder } from '../domain/order-events.ts';
import { statusNumbers } from './status-words.ts';

/** Every event that other services are told. */
export const toldEvents = [
  OrderPlacedSchema,
  OrderConfirmedSchema,
  OrderCancelledSchema,
  OrderShippedSchema,
  OrderDeliveredSchema,
  OrderReturnedSchema,
] as const;

/** Every event that the stream of an order may hold. */
export const recordedEvents = [
  OrderCreatedSchema,
  OrderImportedSchema,
  OrderInventoryReservedSchema,
  OrderTurnedBackSchema,
  OrderCancelRequestedSchema,
  OrderUndoingBegunSchema,
  ...toldEvents.slice(1),
] as const;

/** The order that an event is about. */
export interface EventSubject {
  readonly orderId: string;
  readonly userId: string;
  readonly total: { readonly currencyCode: string; readonly minorUnits: bigint };
}

/** An event as the stream keeps it. */
export function encodeEvent({ orderId, userId, total }: EventSubject, event: DecidedEvent): EventDraft {
  const whose = { orderId, userId };
  switch (event.kind) {
    case 'created':
      return tell(OrderCreatedSchema, { orderId, ...createdFields(event.order) });
    case 'reserved':
      return tell(OrderInventoryReservedSchema, { orderId });
    case 'turnedBack':
      return tell(OrderTurnedBackSchema, { orderId, reason: event.reason });
    case 'cancelRequested':
      return tell(OrderCancelRequestedSchema, { orderId, reason: event.reason });
    case 'undoingBegun': {
      const { sagaId, reason, to } = event;
      return tell(OrderUndoingBegunSchema, { orderId, sagaId, reason, targetStatus: statusNumbers[to] });
    }
    case 'confirmed':
      return tell(OrderConfirmedSchema, { ...whose, total, paymentId: event.paymentId ?? '' });
    case 'cancelled': {
      const { reason, failure, paymentId } = event;
      const placing =
        failure === null ? {} : { failure: { reason: failure.reason, metadata: { ...failure.metadata } } };
      return tell(OrderCancelledSchema, { ...whose, reason, paymentId: paymentId ?? '', ...placing });
    }
    case 'shipped':
      return tell(OrderShippedSchema, { ...whose, trackingNumber: event.trackingNumber });
    case 'delivered':
      return tell(OrderDeliveredSchema, whose);
    case 'returned':
      return tell(OrderReturnedSchema, { ...whose, total, reason: event.reason });
  }
}

/** What others are told of an event; undefined for what only this service cares about. */
export function toldOf(subject: EventSubject, event: DecidedEvent): EventDraft | undefined {
  switch (event.kind) {
    case 'created': {
      const { orderId, userId, total } = subject;
      return tell(OrderPlacedSchema, { orderId, userId, total, itemCount: event.order.lines.length });
    }
    case 'reserved':
    case 'turnedBack':
    case 'cancelRequested':
    case 'undoingBegun':
      return undefined;
    default:
      return encodeEvent(subject, event);
  }
}

function createdFields(order: PlacedOrder) {
  const money = (minorUnits: bigint) => ({ currencyCode: order.currencyCode, minorUnits });
  return {
    userId: order.userId,
    sagaId: order.sagaId,
    items: order.lines.map(({ unitPriceMinorUnits, totalPriceMinorUnits, ...line }) => ({
      ...line,
      unitPrice: money(unitPriceMinorUnits),
      totalPrice: money(totalPriceMinorUnits),
    })),
    subtotal: money(order.subtotalMinorUnits),
    tax: money(order.taxMinorUnits),
    shipping: money(order.shippingMinorUnits),
    shippingAddress: order.address,
  };
}
