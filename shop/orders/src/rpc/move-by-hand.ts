import type { Order } from '@mainstay/contracts/orders/v1/orders';
import type { OrderStatus } from '../domain/order-status.ts';
import { lockOrder } from '../store/orders-store.ts';
import { type Move, orderState } from '../store/status-store.ts';
import type { OrderRow } from '../store/tables.ts';
import { requireVisibleOrder } from './caller.ts';
import type { OrdersDependencies } from './dependencies.ts';
import { readOrderMessage } from './order-message.ts';

/** A move that a person makes. */
export interface HandMove {
  readonly to: OrderStatus;
  readonly change?: NonNullable<Move['change']>;
  /** Tells whether an order that is there already came there by the same request. */
  readonly isRepetition: (order: OrderRow) => boolean;
}

/**
 * Moves an order at the word of an administrator.
 *
 * @throws {@link PlatformError} `ORDER_NOT_FOUND`; `ORDER_STATE` from another status, or while a saga is undoing it.
 */
export async function moveByHand(deps: OrdersDependencies, id: string, move: HandMove): Promise<Order> {
  const { id: orderId } = await requireVisibleOrder(deps, id);
  const moved = await deps.database.transaction(async (tx) => {
    const order = await lockOrder(tx.kysely, orderId);
    if (order?.status === move.to && move.isRepetition(order)) return order;
    if (order !== undefined && order.closing_saga_id !== null) throw orderState(orderId, order.status, move.to);
    return await deps.moves.move(tx, orderId, {
      to: move.to,
      actor: 'admin',
      at: new Date(deps.clock.nowMs()),
      ...(move.change !== undefined && { change: move.change }),
    });
  });
  return await readOrderMessage(deps, moved);
}
