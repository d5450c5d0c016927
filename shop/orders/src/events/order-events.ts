import {
  OrderCancelledSchema,
  OrderConfirmedSchema,
  OrderDeliveredSchema,
  OrderPlacedSchema,
  OrderReturnedSchema,
  OrderShippedSchema,
} from '@mainstay/contracts/orders/v1/events';
import { type EventDraft, tell } from '@mainstay/messaging';
import type { OrderRow } from '../store/tables.ts';

/** Every event that this service tells. */
export const orderEvents = [
  OrderPlacedSchema,
  OrderConfirmedSchema,
  OrderCancelledSchema,
  OrderShippedSchema,
  OrderDeliveredSchema,
  OrderReturnedSchema,
] as const;

/** What is told of an order that was just recorded. */
export function orderPlaced(order: OrderRow, itemCount: number): EventDraft {
  return tell(OrderPlacedSchema, { ...whose(order), total: total(order), itemCount });
}

/** What is told when an order has come to its present status; undefined for a status that only this service cares about. */
export function statusEvent(order: OrderRow): EventDraft | undefined {
  switch (order.status) {
    case 'pending':
    case 'reserved':
      return undefined;
    case 'confirmed':
      return tell(OrderConfirmedSchema, { ...whose(order), total: total(order), paymentId: order.payment_id ?? '' });
    case 'cancelled':
      return tell(OrderCancelledSchema, { ...whose(order), reason: order.cancel_reason ?? '' });
    case 'shipped':
      return tell(OrderShippedSchema, { ...whose(order), trackingNumber: order.tracking_number ?? '' });
    case 'delivered':
      return tell(OrderDeliveredSchema, whose(order));
    case 'returned':
      return tell(OrderReturnedSchema, { ...whose(order), total: total(order) });
  }
}

function whose({ id, user_id: userId }: OrderRow): { orderId: string; userId: string } {
  return { orderId: id, userId };
}

function total(order: OrderRow): { currencyCode: string; minorUnits: bigint } {
  return { currencyCode: order.currency_code, minorUnits: order.total_minor_units };
}
