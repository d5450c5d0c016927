import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  type Order,
  OrderSchema,
  OrderStatus,
  type StatusChange,
  StatusChangeSchema,
} from '@mainstay/contracts/orders/v1/orders';
import type { OrderStatus as StoredStatus } from '../domain/order-status.ts';
import { listItems } from '../store/orders-store.ts';
import { listStatusChanges } from '../store/status-store.ts';
import type { OrderItemRow, OrderRow, StatusChangeRow } from '../store/tables.ts';
import type { OrdersDependencies } from './dependencies.ts';

const statusNumbers: Readonly<Record<StoredStatus, OrderStatus>> = {
  pending: OrderStatus.PENDING,
  reserved: OrderStatus.RESERVED,
  confirmed: OrderStatus.CONFIRMED,
  shipped: OrderStatus.SHIPPED,
  delivered: OrderStatus.DELIVERED,
  cancelled: OrderStatus.CANCELLED,
  returned: OrderStatus.RETURNED,
};

/** The stored word of a status; undefined for unspecified. */
export function storedStatus(status: OrderStatus): StoredStatus | undefined {
  const entries = Object.entries(statusNumbers) as [StoredStatus, OrderStatus][];
  return entries.find(([, number]) => number === status)?.[0];
}

/** Reads what belongs to an order and writes it as others see it, with its history. */
export async function readOrderMessage(deps: OrdersDependencies, row: OrderRow): Promise<Order> {
  const db = deps.database.kysely;
  const [items, history] = await Promise.all([listItems(db, [row.id]), listStatusChanges(db, row.id)]);
  return orderMessage(row, items, history);
}

/** An order as others see it. */
export function orderMessage(
  row: OrderRow,
  items: readonly OrderItemRow[],
  history: readonly StatusChangeRow[] = [],
): Order {
  const money = (minorUnits: bigint) => ({ currencyCode: row.currency_code, minorUnits });
  return create(OrderSchema, {
    id: row.id,
    userId: row.user_id,
    status: statusNumbers[row.status],
    items: items.map((item) => ({
      productId: item.product_id,
      sku: item.sku,
      name: item.name,
      quantity: item.quantity,
      unitPrice: money(item.unit_price_minor_units),
      totalPrice: money(item.total_price_minor_units),
    })),
    subtotal: money(row.subtotal_minor_units),
    tax: money(row.tax_minor_units),
    shipping: money(row.shipping_minor_units),
    total: money(row.total_minor_units),
    shippingAddress: {
      street: row.street,
      city: row.city,
      state: row.state,
      zipCode: row.zip_code,
      country: row.country,
    },
    paymentId: row.payment_id ?? '',
    cancelReason: row.cancel_reason ?? '',
    trackingNumber: row.tracking_number ?? '',
    history: history.map(statusChangeMessage),
    createdAt: timestampFromDate(row.created_at),
    updatedAt: timestampFromDate(row.updated_at),
  });
}

/** A line of an order's history as others see it. */
export function statusChangeMessage(change: StatusChangeRow): StatusChange {
  return create(StatusChangeSchema, {
    from: change.from_status === null ? OrderStatus.UNSPECIFIED : statusNumbers[change.from_status],
    to: statusNumbers[change.to_status],
    at: timestampFromDate(change.at),
    reason: change.reason,
    actor: change.actor,
  });
}
