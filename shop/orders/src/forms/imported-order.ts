import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { PlacingFailure as PlacingFailureMessage } from '@mainstay/contracts/orders/v1/events';
import { OrderImportedSchema } from '@mainstay/contracts/orders/v1/record';
import { readEvent, type StreamEvent } from '@mainstay/messaging';
import type { OrderEvent } from '../domain/order-events.ts';
import type { PlacingFailure } from '../domain/placing-failure.ts';
import { placedOrder } from './placed-order-fields.ts';
import { statusWord } from './status-words.ts';

/** Reads an order that a migration took over from before orders had events. */
export function readImported(event: StreamEvent): OrderEvent {
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

/** Why an order could not be placed, as a message tells it. */
export function failureOf(failure: PlacingFailureMessage | undefined): PlacingFailure | null {
  return failure === undefined ? null : { reason: failure.reason, metadata: { ...failure.metadata } };
}
