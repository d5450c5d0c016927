import type { Order } from '@mainstay/contracts/orders/v1/orders';
import type { OrderCommand } from '../domain/decide.ts';
import { callingActor, requireVisibleOrder } from './caller.ts';
import type { OrdersDependencies } from './dependencies.ts';
import { readOrderMessage } from './order-message.ts';

/**
 * Moves an order at the word of an administrator; repeating it changes nothing.
 *
 * @throws {@link PlatformError} `ORDER_NOT_FOUND`; `ORDER_STATE` from another status, or while a saga is undoing it.
 */
export async function moveByHand(deps: OrdersDependencies, id: string, command: OrderCommand): Promise<Order> {
  const { id: orderId } = await requireVisibleOrder(deps, id);
  const asked = { command, actor: callingActor('admin') };
  const moved = await deps.database.transaction((tx) => deps.record.execute(tx, orderId, asked));
  return await readOrderMessage(deps, moved);
}
