import { create } from '@bufbuild/protobuf';
import type { HandlerContext } from '@connectrpc/connect';
import {
  type CreateOrderRequest,
  CreateOrderRequestSchema,
  type CreateOrderResponse,
  CreateOrderResponseSchema,
} from '@mainstay/contracts/orders/v1/orders';
import { fingerprintMessage, idempotencyReasons, requireIdempotencyKey } from '@mainstay/idempotency';
import { PlatformError } from '@mainstay/kernel';
import { currentContext } from '@mainstay/kernel/context';
import { setHttpStatus } from '@mainstay/rpc';
import { isBeingPlaced } from '../domain/order-status.ts';
import { findOrder, findOrderByKey } from '../store/orders-store.ts';
import type { OrderRow } from '../store/tables.ts';
import { callingUserId, waitMsOf } from './caller.ts';
import type { OrdersDependencies } from './dependencies.ts';
import { readOrderMessage } from './order-message.ts';
import { placeOrder } from './place-order.ts';
import { placingError } from './placing-error.ts';
import { quoteOrder } from './quote-order.ts';

/** Response header of an answer about an order that an earlier call with the same key placed. */
const replayedHeader = 'idempotency-replayed';

/**
 * Places an order and waits for its end, within limits.
 *
 * The key is looked for first, so that a repetition gets its order even when prices have changed or products is down;
 * it is answered with the order as it stands now. What the caller's going away stops is the waiting, never the order.
 */
export async function createOrder(
  deps: OrdersDependencies,
  request: CreateOrderRequest,
  handler: Pick<HandlerContext, 'responseHeader' | 'signal'>,
): Promise<CreateOrderResponse> {
  const userId = callingUserId();
  const key = requireIdempotencyKey(currentContext()?.idempotencyKey);
  const requestHash = deps.vault.hash(fingerprintMessage(CreateOrderRequestSchema, request));
  const find = (): Promise<OrderRow | undefined> => findOrderByKey(deps.database.kysely, userId, key);

  let order = await find();
  if (order === undefined) {
    const quote = await quoteOrder(deps, request.items);
    const placed = await placeOrder(deps, { userId, key, requestHash, quote, request });
    if (placed !== undefined) return await answer(deps, placed, handler.signal);
    order = await find();
  }
  if (order === undefined || !Buffer.from(order.request_hash).equals(requestHash)) {
    throw new PlatformError(
      idempotencyReasons.IDEMPOTENCY_KEY_REUSED,
      'the idempotency key was used before with another order',
    );
  }
  handler.responseHeader.set(replayedHeader, 'true');
  return await answer(deps, order, handler.signal);
}

async function answer(deps: OrdersDependencies, placed: OrderRow, signal: AbortSignal): Promise<CreateOrderResponse> {
  let order = placed;
  if (isBeingPlaced(order.status)) {
    await deps.sagas.engine.result(order.saga_id, { waitMs: waitMsOf(deps), signal });
    order = (await findOrder(deps.database.kysely, order.id)) ?? order;
  }
  if (order.status === 'cancelled' && order.failure !== null) throw placingError(order, order.failure);
  if (isBeingPlaced(order.status)) setHttpStatus(202);
  return create(CreateOrderResponseSchema, { order: await readOrderMessage(deps, order) });
}
