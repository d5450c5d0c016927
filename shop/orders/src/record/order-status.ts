import type { Projection } from '@mainstay/messaging';
import type { Insertable, Kysely } from 'kysely';
import type { OrderLine } from '../domain/order-events.ts';
import { decodeEvent, recordedEvents } from '../forms/order-forms.ts';
import { changedColumns, rowAfter } from '../forms/order-row.ts';
import type { OrderItemsTable, OrderRow, OrdersDatabase } from '../store/tables.ts';

/** Where each order stands, and what was ordered; written with the event, so that it can be read at once. */
export const orderStatusProjection: Projection = {
  name: 'order-status',
  tables: ['orders', 'order_items'],
  types: recordedEvents.map(({ typeName }) => typeName),
  async apply({ kysely }: { readonly kysely: Kysely<OrdersDatabase> }, stored) {
    const event = decodeEvent(stored);
    const place = { orderId: stored.subject, version: stored.version, time: stored.time };
    if (event.kind === 'created' || event.kind === 'imported') {
      await kysely
        .insertInto('orders')
        .values(forStorage(rowAfter(undefined, event, place)))
        .execute();
      await kysely
        .insertInto('order_items')
        .values(event.order.lines.map(itemRow(place.orderId)))
        .execute();
    } else {
      const changed = forStorage(changedColumns(event, place));
      await kysely.updateTable('orders').set(changed).where('id', '=', place.orderId).execute();
    }
  },
};

function forStorage<Row extends Partial<Pick<OrderRow, 'failure'>>>(
  row: Row,
): Omit<Row, 'failure'> & { failure?: string } {
  const { failure, ...columns } = row;
  return failure === undefined || failure === null ? columns : { ...columns, failure: JSON.stringify(failure) };
}

function itemRow(orderId: string): (line: OrderLine, index: number) => Insertable<OrderItemsTable> {
  return (line, index) => ({
    order_id: orderId,
    line_number: index + 1,
    product_id: line.productId,
    sku: line.sku,
    name: line.name,
    quantity: line.quantity,
    unit_price_minor_units: line.unitPriceMinorUnits,
    total_price_minor_units: line.totalPriceMinorUnits,
  });
}
