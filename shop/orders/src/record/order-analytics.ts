import { OrderCancelledSchema, OrderConfirmedSchema, OrderReturnedSchema } from '@mainstay/contracts/orders/v1/events';
import { OrderCreatedSchema, OrderImportedSchema } from '@mainstay/contracts/orders/v1/record';
import { type Projection, readEvent, type StreamEvent } from '@mainstay/messaging';
import type { Kysely } from 'kysely';
import { type OrderEvent, totalOf } from '../domain/order-events.ts';
import type { OrderStatus } from '../domain/order-status.ts';
import { decodeEvent } from '../forms/order-forms.ts';
import { statusChangesOf } from '../forms/status-changes.ts';
import { addRevenue, type Counted, countOrder } from '../store/statistics-store.ts';
import type { OrdersDatabase } from '../store/tables.ts';

const counted: Readonly<Partial<Record<OrderStatus, Counted>>> = {
  pending: 'placed_count',
  confirmed: 'confirmed_count',
  cancelled: 'cancelled_count',
  returned: 'returned_count',
};

/** How many orders were placed, paid, cancelled and sent back on each day, and what was taken; a moment behind the record. */
export const orderAnalyticsProjection: Projection = {
  name: 'order-analytics',
  tables: ['order_day_counts', 'order_day_revenues'],
  types: [OrderCreatedSchema, OrderConfirmedSchema, OrderCancelledSchema, OrderReturnedSchema, OrderImportedSchema].map(
    ({ typeName }) => typeName,
  ),
  async apply({ kysely }: { readonly kysely: Kysely<OrdersDatabase> }, stored) {
    const event = decodeEvent(stored);
    for (const { to, at } of statusChangesOf(event, stored)) {
      const column = counted[to];
      if (column !== undefined) await countOrder(kysely, at, column);
      if (to === 'confirmed') await addRevenue(kysely, at, revenueOf(event, stored));
    }
  },
};

function revenueOf(event: OrderEvent, stored: StreamEvent): { currencyCode: string; minorUnits: bigint } {
  if (event.kind === 'imported') {
    return { currencyCode: event.order.currencyCode, minorUnits: totalOf(event.order) };
  }
  const { total } = readEvent(OrderConfirmedSchema, stored);
  return { currencyCode: total?.currencyCode ?? '', minorUnits: total?.minorUnits ?? 0n };
}
