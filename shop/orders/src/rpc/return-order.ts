import { create } from '@bufbuild/protobuf';
import type { HandlerContext } from '@connectrpc/connect';
import {
  type ReturnOrderRequest,
  type ReturnOrderResponse,
  ReturnOrderResponseSchema,
} from '@mainstay/contracts/orders/v1/orders';
import { findOrder } from '../store/orders-store.ts';
import { callingActor, requireVisibleOrder, waitMsOf } from './caller.ts';
import type { OrdersDependencies } from './dependencies.ts';
import { readOrderMessage } from './order-message.ts';
import { startUndoing } from './start-undoing.ts';

/** Takes a shipped or delivered order back: refunds it, restocks, and waits for the end, within limits. */
export async function returnOrder(
  deps: OrdersDependencies,
  request: ReturnOrderRequest,
  handler: Pick<HandlerContext, 'signal'>,
): Promise<ReturnOrderResponse> {
  const order = await requireVisibleOrder(deps, request.id);
  const undo = { kind: 'return', actor: 'admin', reason: request.reason, askedBy: callingActor('admin') } as const;
  const sagaId = await startUndoing(deps, order.id, undo);
  await deps.sagas.engine.result(sagaId, { waitMs: waitMsOf(deps), signal: handler.signal });
  const now = (await findOrder(deps.database.kysely, order.id)) ?? order;
  return create(ReturnOrderResponseSchema, { order: await readOrderMessage(deps, now) });
}
