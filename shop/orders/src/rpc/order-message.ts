import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  type Order,
  OrderSchema,
  OrderStatus,
  type StatusChange as StatusChangeMessage,
  StatusChangeSchema,
} from '@mainstay/contracts/orders/v1/orders';
import type { StatusChange } from '../forms/status-changes.ts';
import { statusNumbers } from '../forms/status-words.ts';
import { listItems } from '../store/orders-store.ts';
import type { OrderItemRow, OrderRow } from '../store/tables.ts';
import type { OrdersDependencies } from './dependencies.ts';

/** Reads what belongs to an order and writes it as others see it, with its history. */
export async function readOrderMessage(deps: OrdersDependencies, row: OrderRow): Promise<Order> {
  const { database, record } = deps;
  const [items, history] = await Promise.all([
    listItems(database.kysely, [row.id]),
    record.statusChanges(database, row.id),
  ]);
  return orderMessage(row, items, history);
}

/** An order as others see it. */
export function orderMessage(
  row: OrderRow,
  items: readonly OrderItemRow[],
  history: readonly StatusChange[] = [],
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

/** A change of an order's status as others see it. */
export function statusChangeMessage({ from, to, at, reason, actor }: StatusChange): StatusChangeMessage {
  return create(StatusChangeSchema, {
    from: from === null ? OrderStatus.UNSPECIFIED : statusNumbers[from],
    to: statusNumbers[to],
    at: timestampFromDate(at),
    reason,
    actor,
  });
}
