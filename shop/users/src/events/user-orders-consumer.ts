import { OrderCancelledSchema, OrderConfirmedSchema, OrderReturnedSchema } from '@mainstay/contracts/orders/v1/events';
import { onEvents } from '@mainstay/messaging';
import type { ConsumerDeclaration } from '@mainstay/service';
import { addConfirmedOrders, markUndone } from '../store/user-orders-store.ts';

/**
 * Keeps what accounts ordered, from what orders tell.
 *
 * Handling an event again leaves the same rows, so the table may be filled anew with or without being emptied first:
 * `mainstay events replay user-orders --source orders --after 0`.
 */
export const userOrdersConsumer: ConsumerDeclaration = {
  name: 'user-orders',
  sources: ['orders'],
  handlers: [
    onEvents(OrderConfirmedSchema, (orders, { tx, events }) =>
      addConfirmedOrders(
        tx,
        orders.map(({ orderId, userId, total }, index) => ({
          orderId,
          userId,
          currencyCode: total?.currencyCode ?? '',
          totalMinorUnits: total?.minorUnits ?? 0n,
          confirmedAt: events[index]!.time,
        })),
      ),
    ),
    onEvents(OrderCancelledSchema, (orders, { tx }) =>
      markUndone(
        tx,
        orders.map(({ orderId }) => orderId),
        'cancelled',
      ),
    ),
    onEvents(OrderReturnedSchema, (orders, { tx }) =>
      markUndone(
        tx,
        orders.map(({ orderId }) => orderId),
        'returned',
      ),
    ),
  ],
};
