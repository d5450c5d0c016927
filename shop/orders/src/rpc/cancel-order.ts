import { create } from '@bufbuild/protobuf';
import type { HandlerContext } from '@connectrpc/connect';
import {
  type CancelOrderRequest,
  type CancelOrderResponse,
  CancelOrderResponseSchema,
} from '@mainstay/contracts/orders/v1/orders';
import { type CancelRequest, cancelReasonOr, formatCancelRequest } from '../domain/cancel-request.ts';
import { orderState } from '../domain/decide.ts';
import { isBeingPlaced } from '../domain/order-status.ts';
import { findOrder } from '../store/orders-store.ts';
import type { OrderRow } from '../store/tables.ts';
import { caller, callingActor, requireVisibleOrder, waitMsOf } from './caller.ts';
import type { OrdersDependencies } from './dependencies.ts';
import { readOrderMessage } from './order-message.ts';
import { startUndoing } from './start-undoing.ts';

/**
 * Cancels an order that is not shipped, and waits for the end, within limits.
 *
 * While it is being placed its saga is asked to turn round, which it does before the charge; a request that comes
 * after the charge, and one for a confirmed order, refunds and restocks. Cancelling twice changes nothing.
 */
export async function cancelOrder(
  deps: OrdersDependencies,
  request: CancelOrderRequest,
  handler: Pick<HandlerContext, 'signal'>,
): Promise<CancelOrderResponse> {
  let order = await requireVisibleOrder(deps, request.id);
  const actor = caller().userId === order.user_id ? 'customer' : 'admin';
  const cancel: CancelRequest = { actor, reason: cancelReasonOr(request.reason, actor) };
  const untilMs = deps.clock.monotonicMs() + waitMsOf(deps);
  const wait = async (sagaId: string): Promise<boolean> => {
    const waitMs = untilMs - deps.clock.monotonicMs();
    const outcome = await deps.sagas.engine.result(sagaId, { waitMs, signal: handler.signal });
    order = (await findOrder(deps.database.kysely, order.id)) ?? order;
    return outcome !== undefined;
  };

  if (isBeingPlaced(order.status)) {
    await deps.database.transaction(async (tx) => {
      await deps.sagas.askToCancel(tx, order.saga_id, formatCancelRequest(cancel));
      const command = { kind: 'requestCancel', reason: cancel.reason } as const;
      await deps.record.execute(tx, order.id, { command, actor: callingActor(actor) });
    });
    deps.sagas.engine.wake(order.saga_id);
    if (!(await wait(order.saga_id))) return await answer(deps, order);
  }
  if (order.status === 'cancelled') return await answer(deps, order);
  if (order.status !== 'confirmed') throw orderState(order.id, order.status, 'cancelled');
  await wait(await startUndoing(deps, order.id, { ...cancel, kind: 'cancel', askedBy: callingActor(actor) }));
  return await answer(deps, order);
}

async function answer(deps: OrdersDependencies, order: OrderRow): Promise<CancelOrderResponse> {
  return create(CancelOrderResponseSchema, { order: await readOrderMessage(deps, order) });
}
