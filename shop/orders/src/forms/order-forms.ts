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
import { createEventForms, type EventDraft, eventForm, type StreamEvent, tell } from '@mainstay/messaging';
import type { DecidedEvent, OrderEvent } from '../domain/order-events.ts';
import { failureOf, readImported } from './imported-order.ts';
import { fieldsOf, placedOrder } from './placed-order-fields.ts';
import { statusNumbers, statusWord } from './status-words.ts';

/** The order that an event is about. */
export interface EventSubject {
  readonly orderId: string;
  readonly userId: string;
  readonly total: { readonly currencyCode: string; readonly minorUnits: bigint };
}

/** How each event of an order is kept. */
export const orderForms = createEventForms<DecidedEvent, EventSubject>({
  created: eventForm(
    OrderCreatedSchema,
    ({ order }, { orderId }) => ({ orderId, ...fieldsOf(order) }),
    (message) => ({ order: placedOrder(message) }),
  ),
  reserved: eventForm(
    OrderInventoryReservedSchema,
    (_, { orderId }) => ({ orderId }),
    () => ({}),
  ),
  turnedBack: eventForm(
    OrderTurnedBackSchema,
    ({ reason }, { orderId }) => ({ orderId, reason }),
    ({ reason }) => ({ reason }),
  ),
  cancelRequested: eventForm(
    OrderCancelRequestedSchema,
    ({ reason }, { orderId }) => ({ orderId, reason }),
    ({ reason }) => ({ reason }),
  ),
  undoingBegun: eventForm(
    OrderUndoingBegunSchema,
    ({ sagaId, reason, to }, { orderId }) => ({ orderId, sagaId, reason, targetStatus: statusNumbers[to] }),
    ({ sagaId, reason, targetStatus }) => {
      return { sagaId, reason, to: statusWord(targetStatus) === 'returned' ? 'returned' : 'cancelled' };
    },
  ),
  confirmed: eventForm(
    OrderConfirmedSchema,
    ({ paymentId }, subject) => ({ ...subject, paymentId: paymentId ?? '' }),
    ({ paymentId }) => ({ paymentId: paymentId || null }),
  ),
  cancelled: eventForm(
    OrderCancelledSchema,
    ({ reason, failure, paymentId }, { orderId, userId }) => ({
      orderId,
      userId,
      reason,
      paymentId: paymentId ?? '',
      ...(failure !== null && { failure: { reason: failure.reason, metadata: { ...failure.metadata } } }),
    }),
    ({ reason, failure, paymentId }) => ({ reason, failure: failureOf(failure), paymentId: paymentId || null }),
  ),
  shipped: eventForm(
    OrderShippedSchema,
    ({ trackingNumber }, { orderId, userId }) => ({ orderId, userId, trackingNumber }),
    ({ trackingNumber }) => ({ trackingNumber }),
  ),
  delivered: eventForm(
    OrderDeliveredSchema,
    (_, { orderId, userId }) => ({ orderId, userId }),
    () => ({}),
  ),
  returned: eventForm(
    OrderReturnedSchema,
    ({ reason }, subject) => ({ ...subject, reason }),
    ({ reason }) => ({ reason }),
  ),
});

/** Every event that the stream of an order may hold; only a migration imports. */
export const recordedEvents = [...orderForms.schemas, OrderImportedSchema];

/**
 * Reads an event of an order's stream.
 *
 * @throws {@link PlatformError} `data_loss` / `EVENT_UNREADABLE` for one that this version does not know.
 */
export function decodeEvent(stored: StreamEvent): OrderEvent {
  return stored.type === OrderImportedSchema.typeName ? readImported(stored) : orderForms.decode(stored);
}

/** Every event that other services are told: the placed order in short, and what is kept and concerns them too. */
export const toldEvents = [
  OrderPlacedSchema,
  OrderConfirmedSchema,
  OrderCancelledSchema,
  OrderShippedSchema,
  OrderDeliveredSchema,
  OrderReturnedSchema,
] as const;

const toldTypes: ReadonlySet<string> = new Set(toldEvents.map(({ typeName }) => typeName));

/** What others are told of an event that is kept as `draft`; undefined for what only this service cares about. */
export function toldOf(subject: EventSubject, event: DecidedEvent, draft: EventDraft): EventDraft | undefined {
  if (event.kind === 'created') return tell(OrderPlacedSchema, { ...subject, itemCount: event.order.lines.length });
  return toldTypes.has(draft.schema.typeName) ? draft : undefined;
}
