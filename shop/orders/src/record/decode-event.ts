import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { Address } from '@mainstay/contracts/mainstay/common/v1/address';
import type { Money } from '@mainstay/contracts/mainstay/common/v1/money';
import {
  OrderCancelledSchema,
  OrderConfirmedSchema,
  OrderDeliveredSchema,
  OrderReturnedSchema,
  OrderShippedSchema,
  type PlacingFailure as PlacingFailureMessage,
} from '@mainstay/contracts/orders/v1/events';
import type { OrderItem } from '@mainstay/contracts/orders/v1/orders';
import {
  OrderCancelRequestedSchema,
  OrderCreatedSchema,
  OrderImportedSchema,
  OrderInventoryReservedSchema,
  OrderTurnedBackSchema,
  OrderUndoingBegunSchema,
} from '@mainstay/contracts/orders/v1/record';
import { PlatformError } from '@mainstay/kernel';
import { messagingReasons, readEvent, type StreamEvent } from '@mainstay/messaging';
import type { OrderEvent, PlacedOrder } from '../domain/order-events.ts';
import type { PlacingFailure } from '../domain/placing-failure.ts';
import { statusWord } from './status-words.ts';

const readers: Readonly<Record<string, (event: StreamEvent) => OrderEvent>> = {
  [OrderCreatedSchema.typeName]: (event) => {
    const message = readEvent(OrderCreatedSchema, event);
    return { kind: 'created', order: placedOrder(message) };
  },
  [OrderInventoryReservedSchema.typeName]: () => ({ kind: 'reserved' }),
  [OrderTurnedBackSchema.typeName]: (event) => {
    return { kind: 'turnedBack', reason: readEvent(OrderTurnedBackSchema, event).reason };
  },
  [OrderCancelRequestedSchema.typeName]: (event) => {
    return { kind: 'cancelRequested', reason: readEvent(OrderCancelRequestedSchema, event).reason };
  },
  [OrderUndoingBegunSchema.typeName]: (event) => {
    const { sagaId, reason, targetStatus } = readEvent(OrderUndoingBegunSchema, event);
    return {
      kind: 'undoingBegun',
      sagaId,
      reason,
      to: statusWord(targetStatus) === 'returned' ? 'returned' : 'cancelled',
    };
  },
  [OrderConfirmedSchema.typeName]: (event) => {
    return { kind: 'confirmed', paymentId: readEvent(OrderConfirmedSchema, event).paymentId || null };
  },
  [OrderCancelledSchema.typeName]: (event) => {
    const { reason, failure, paymentId } = readEvent(OrderCancelledSchema, event);
    return { kind: 'cancelled', reason, failure: failureOf(failure), paymentId: paymentId || null };
  },
  [OrderShippedSchema.typeName]: (event) => {
    return { kind: 'shipped', trackingNumber: readEvent(OrderShippedSchema, event).trackingNumber };
  },
  [OrderDeliveredSchema.typeName]: () => ({ kind: 'delivered' }),
  [OrderReturnedSchema.typeName]: (event) => {
    return { kind: 'returned', reason: readEvent(OrderReturnedSchema, event).reason };
  },
  [OrderImportedSchema.typeName]: readImported,
};

/**
 * Reads an event of an order's stream.
 *
 * @throws {@link PlatformError} `data_loss` / `EVENT_UNREADABLE` for one that this version does not know.
 */
export function decodeEvent(event: StreamEvent): OrderEvent {
  const read = readers[event.type];
  if (read !== undefined) return read(event);
  throw new PlatformError(messagingReasons.EVENT_UNREADABLE, `${event.type} is no event of an order`);
}

function readImported(event: StreamEvent): OrderEvent {
  const { order, sagaId, closingSagaId, failure } = readEvent(OrderImportedSchema, event);
  const { userId = '', items = [], subtotal, tax, shipping, shippingAddress } = order ?? {};
  return {
    kind: 'imported',
    order: placedOrder({ userId, sagaId, items, subtotal, tax, shipping, shippingAddress }),
    life: {
      status: statusWord(order?.status ?? 0) ?? 'pending',
      cancelReason: order?.cancelReason || null,
      failure: failureOf(failure),
      paymentId: order?.paymentId || null,
      trackingNumber: order?.trackingNumber || null,
      closingSagaId: closingSagaId || null,
    },
    changes: (order?.history ?? []).map(({ from, to, at, reason, actor }) => ({
      from: statusWord(from) ?? null,
      to: statusWord(to) ?? 'pending',
      reason,
      actor,
      at: at === undefined ? event.time : timestampDate(at),
    })),
    createdAt: order?.createdAt === undefined ? event.time : timestampDate(order.createdAt),
    updatedAt: order?.updatedAt === undefined ? event.time : timestampDate(order.updatedAt),
  };
}

/** What a placed order is in both of its messages. */
interface PlacedMessage {
  readonly userId: string;
  readonly sagaId: string;
  readonly items: readonly OrderItem[];
  readonly subtotal?: Money | undefined;
  readonly tax?: Money | undefined;
  readonly shipping?: Money | undefined;
  readonly shippingAddress?: Address | undefined;
}

function placedOrder({ userId, sagaId, items, subtotal, tax, shipping, shippingAddress }: PlacedMessage): PlacedOrder {
  const { street = '', city = '', state = '', zipCode = '', country = '' } = shippingAddress ?? {};
  return {
    userId,
    sagaId,
    currencyCode: subtotal?.currencyCode ?? '',
    lines: items.map(({ productId, sku, name, quantity, unitPrice, totalPrice }) => ({
      productId,
      sku,
      name,
      quantity,
      unitPriceMinorUnits: unitPrice?.minorUnits ?? 0n,
      totalPriceMinorUnits: totalPrice?.minorUnits ?? 0n,
    })),
    subtotalMinorUnits: subtotal?.minorUnits ?? 0n,
    taxMinorUnits: tax?.minorUnits ?? 0n,
    shippingMinorUnits: shipping?.minorUnits ?? 0n,
    address: { street, city, state, zipCode, country },
  };
}

function failureOf(failure: PlacingFailureMessage | undefined): PlacingFailure | null {
  return failure === undefined ? null : { reason: failure.reason, metadata: { ...failure.metadata } };
}
