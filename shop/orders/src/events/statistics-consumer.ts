import {
  OrderCancelledSchema,
  OrderConfirmedSchema,
  OrderPlacedSchema,
  OrderReturnedSchema,
} from '@mainstay/contracts/orders/v1/events';
import { onEvent } from '@mainstay/messaging';
import type { ConsumerDeclaration } from '@mainstay/service';
import { addRevenue, countOrder } from '../store/statistics-store.ts';

/** Counts what happens to orders, day by day, from the events of this service. */
export const statisticsConsumer: ConsumerDeclaration = {
  name: 'order-statistics',
  sources: ['orders'],
  handlers: [
    onEvent(OrderPlacedSchema, (_, { tx, event }) => countOrder(tx.kysely, event.time, 'placed_count')),
    onEvent(OrderConfirmedSchema, async ({ total }, { tx, event }) => {
      await countOrder(tx.kysely, event.time, 'confirmed_count');
      if (total !== undefined) await addRevenue(tx.kysely, event.time, total);
    }),
    onEvent(OrderCancelledSchema, (_, { tx, event }) => countOrder(tx.kysely, event.time, 'cancelled_count')),
    onEvent(OrderReturnedSchema, (_, { tx, event }) => countOrder(tx.kysely, event.time, 'returned_count')),
  ],
};
