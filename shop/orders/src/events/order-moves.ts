import type { Transaction } from '@mainstay/postgres';
import type { ServiceEvents } from '@mainstay/service';
import { type Move, moveOrder } from '../store/status-store.ts';
import type { OrderRow } from '../store/tables.ts';
import { orderPlaced, statusEvent } from './order-events.ts';

/** Changes where orders stand, and tells of it in the same transaction. */
export interface OrderMoves {
  /**
   * Moves an order to another status.
   *
   * @throws {@link PlatformError} `ORDER_STATE` when the move is not allowed from where the order stands.
   */
  move(tx: Transaction, id: string, move: Move): Promise<OrderRow>;
  /** Tells of an order that was just recorded. */
  placed(tx: Transaction, order: OrderRow, itemCount: number): Promise<void>;
}

/** Makes the moves of orders over what tells events. */
export function createOrderMoves(events: ServiceEvents): OrderMoves {
  return {
    async move(tx, id, move) {
      const order = await moveOrder(tx.kysely, id, move);
      const event = statusEvent(order);
      if (event !== undefined) await events.tell(tx, event);
      return order;
    },
    placed: (tx, order, itemCount) => events.tell(tx, orderPlaced(order, itemCount)),
  };
}
