import { PlatformError } from '@mainstay/kernel';
import {
  changesOf,
  evolve,
  type OrderEvent,
  type OrderLife,
  type PlacedOrder,
  totalOf,
} from '../domain/order-events.ts';
import { ordersReasons } from '../errors.ts';
import type { OrderRow } from '../store/tables.ts';

/** Where and when an event stands in the stream of its order. */
export interface EventPlace {
  readonly orderId: string;
  readonly version: bigint;
  readonly time: Date;
}

/** Columns that an event changes in the row of its order; the version and the time of the change are among them. */
export type ChangedColumns = Partial<Omit<OrderRow, 'id' | 'version' | 'updated_at'>> &
  Pick<OrderRow, 'version' | 'updated_at'>;

/** The columns of {@link OrderRow} that an event of an order changes. */
export function changedColumns(event: OrderEvent, { version, time }: EventPlace): ChangedColumns {
  return { ...lifeColumns(changesOf(event)), version, updated_at: time };
}

/** The row of an order after an event; the first one makes it. */
export function rowAfter(row: OrderRow | undefined, event: OrderEvent, place: EventPlace): OrderRow {
  if (event.kind === 'created' || event.kind === 'imported') return firstRow(event, place);
  if (row !== undefined) return { ...row, ...changedColumns(event, place) };
  throw new PlatformError(ordersReasons.ORDER_NOT_FOUND, `order ${place.orderId} has no beginning`);
}

/** What of a row changes in the life of its order. */
export function lifeOf(row: OrderRow): OrderLife {
  return {
    status: row.status,
    cancelReason: row.cancel_reason,
    failure: row.failure,
    paymentId: row.payment_id,
    trackingNumber: row.tracking_number,
    closingSagaId: row.closing_saga_id,
  };
}

function firstRow(event: OrderEvent & { readonly order: PlacedOrder }, place: EventPlace): OrderRow {
  const { orderId: id, version, time } = place;
  const isImported = event.kind === 'imported';
  return {
    id,
    ...placedColumns(event.order),
    ...lifeColumns(evolve(undefined, event)),
    version,
    created_at: isImported ? event.createdAt : time,
    updated_at: isImported ? event.updatedAt : time,
  };
}

function placedColumns(order: PlacedOrder) {
  const { street, city, state, zipCode, country } = order.address;
  return {
    user_id: order.userId,
    saga_id: order.sagaId,
    currency_code: order.currencyCode,
    subtotal_minor_units: order.subtotalMinorUnits,
    tax_minor_units: order.taxMinorUnits,
    shipping_minor_units: order.shippingMinorUnits,
    total_minor_units: totalOf(order),
    street,
    city,
    state,
    zip_code: zipCode,
    country,
  };
}

const columnOf = {
  status: 'status',
  cancelReason: 'cancel_reason',
  failure: 'failure',
  paymentId: 'payment_id',
  trackingNumber: 'tracking_number',
  closingSagaId: 'closing_saga_id',
} as const satisfies Record<keyof OrderLife, keyof OrderRow>;

type LifeColumns<Life> = {
  readonly [Key in keyof Life as Key extends keyof OrderLife ? (typeof columnOf)[Key] : never]: Life[Key];
};

function lifeColumns<Life extends Partial<OrderLife>>(life: Life): LifeColumns<Life> {
  const entries = Object.entries(life).map(([key, value]) => [columnOf[key as keyof OrderLife], value]);
  return Object.fromEntries(entries) as LifeColumns<Life>;
}
