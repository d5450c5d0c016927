import type { CancelRequest } from '../domain/cancel-request.ts';
import { canMove } from '../domain/order-status.ts';
import { lockOrder } from '../store/orders-store.ts';
import { orderState } from '../store/status-store.ts';
import { orderNotFound } from './caller.ts';
import type { OrdersDependencies } from './dependencies.ts';

/**
 * Starts the saga that cancels or takes back an order, once: a second call finds the first one's.
 *
 * @returns the saga's id, to wait for.
 * @throws {@link PlatformError} `ORDER_STATE` when the order stands where this is not possible (any more).
 */
export async function startUndoing(
  deps: OrdersDependencies,
  orderId: string,
  undo: CancelRequest & { readonly kind: 'cancel' | 'return' },
): Promise<string> {
  const to = undo.kind === 'cancel' ? 'cancelled' : 'returned';
  const sagaId = await deps.database.transaction(async (tx) => {
    const order = await lockOrder(tx.kysely, orderId);
    if (order === undefined) throw orderNotFound(orderId);
    if (order.closing_saga_id !== null && (order.status === to || canMove(order.status, to))) {
      return order.closing_saga_id;
    }
    if (!canMove(order.status, to)) throw orderState(orderId, order.status, to);
    return await deps.sagas.startUndoing(tx, orderId, undo);
  });
  deps.sagas.engine.wake(sagaId);
  return sagaId;
}
