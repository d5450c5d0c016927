import type { ColumnType, Generated, Selectable } from 'kysely';
import type { OrderStatus } from '../domain/order-status.ts';
import type { PlacingFailure } from '../domain/placing-failure.ts';

/** Table `orders`; see the migration for what its nullable columns mean. */
export interface OrdersTable {
  id: string;
  user_id: string;
  status: OrderStatus;
  currency_code: string;
  subtotal_minor_units: bigint;
  tax_minor_units: bigint;
  shipping_minor_units: bigint;
  total_minor_units: bigint;
  street: string;
  city: string;
  state: string;
  zip_code: string;
  country: string;
  payment_id: string | null;
  cancel_reason: string | null;
  failure: ColumnType<PlacingFailure | null, string | null | undefined, string | null>;
  tracking_number: string | null;
  saga_id: string;
  closing_saga_id: string | null;
  /** Version of the order's stream that the row shows. */
  version: bigint;
  created_at: Date;
  updated_at: Date;
}

/** Table `order_items`; what was ordered, as it was then. */
export interface OrderItemsTable {
  order_id: string;
  line_number: number;
  product_id: string;
  sku: string;
  name: string;
  quantity: number;
  unit_price_minor_units: bigint;
  total_price_minor_units: bigint;
}

/** Table `order_history`; an event has several lines when it brings the history of an order from before it had events. */
export interface OrderHistoryTable {
  order_id: string;
  version: bigint;
  line: number;
  at: Date;
  type: string;
  status: OrderStatus | null;
  reason: string;
  actor: string;
  trace_id: string | null;
}

/** Table `order_day_counts`; days in UTC as `YYYY-MM-DD`. */
export interface OrderDayCountsTable {
  day: string;
  placed_count: Generated<bigint>;
  confirmed_count: Generated<bigint>;
  cancelled_count: Generated<bigint>;
  returned_count: Generated<bigint>;
}

/** Table `order_day_revenues`. */
export interface OrderDayRevenuesTable {
  day: string;
  currency_code: string;
  minor_units: bigint;
}

/** The service's database. */
export interface OrdersDatabase {
  order_day_counts: OrderDayCountsTable;
  order_day_revenues: OrderDayRevenuesTable;
  orders: OrdersTable;
  order_items: OrderItemsTable;
  order_history: OrderHistoryTable;
}

export type OrderRow = Selectable<OrdersTable>;
export type OrderItemRow = Selectable<OrderItemsTable>;
export type OrderHistoryRow = Selectable<OrderHistoryTable>;
export type OrderDayCountRow = Selectable<OrderDayCountsTable>;
export type OrderDayRevenueRow = Selectable<OrderDayRevenuesTable>;
