import type { Projection, StreamEvent } from '@mainstay/messaging';
import type { Insertable, Kysely } from 'kysely';
import { changesOf, type OrderEvent } from '../domain/order-events.ts';
import { decodeEvent, recordedEvents } from '../forms/order-forms.ts';
import type { OrderHistoryTable, OrdersDatabase } from '../store/tables.ts';

/** What happened to each order, who caused it and in which trace, for customers and auditors; a moment behind the record. */
export const orderHistoryProjection: Projection = {
  name: 'order-history',
  tables: ['order_history'],
  types: recordedEvents.map(({ typeName }) => typeName),
  async apply({ kysely }: { readonly kysely: Kysely<OrdersDatabase> }, event) {
    await kysely.insertInto('order_history').values(linesOf(event)).execute();
  },
};

function linesOf(stored: StreamEvent): Insertable<OrderHistoryTable>[] {
  const event = decodeEvent(stored);
  const place = { order_id: stored.subject, version: stored.version };
  const past = event.kind === 'imported' ? event.changes : [];
  return [
    ...past.map(({ to, reason, actor, at }, line) => {
      return { ...place, line, at, type: 'OrderStatusChanged', status: to, reason, actor, trace_id: null };
    }),
    {
      ...place,
      line: past.length,
      at: stored.time,
      type: stored.type.slice(stored.type.lastIndexOf('.') + 1),
      status: changesOf(event).status ?? null,
      reason: reasonOf(event),
      actor: stored.actor,
      trace_id: stored.traceparent?.split('-')[1] ?? null,
    },
  ];
}

function reasonOf(event: OrderEvent): string {
  return 'reason' in event ? event.reason : '';
}
