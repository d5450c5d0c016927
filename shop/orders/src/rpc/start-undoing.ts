import type { Undoing } from '../sagas/order-sagas.ts';
import type { OrdersDependencies } from './dependencies.ts';

/**
 * Starts the saga that cancels or takes back an order, once: a second call finds the first one's.
 *
 * @returns the saga's id, to wait for.
 * @throws {@link PlatformError} `ORDER_STATE` when the order stands where this is not possible (any more).
 */
export async function startUndoing(deps: OrdersDependencies, orderId: string, undoing: Undoing): Promise<string> {
  const sagaId = await deps.database.transaction((tx) => deps.sagas.startUndoing(tx, orderId, undoing));
  deps.sagas.engine.wake(sagaId);
  return sagaId;
}
