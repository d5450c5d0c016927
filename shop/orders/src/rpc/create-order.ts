import { create } from '@bufbuild/protobuf';
import type { HandlerContext } from '@connectrpc/connect';
import {
  type CreateOrderRequest,
  type CreateOrderResponse,
  CreateOrderResponseSchema,
} from '@mainstay/contracts/orders/v1/orders';
import { currentEffectId } from '@mainstay/kernel/context';
import { setHttpStatus } from '@mainstay/rpc';
import { isBeingPlaced } from '../domain/order-status.ts';
import { findOrder } from '../store/orders-store.ts';
import type { OrderRow } from '../store/tables.ts';
import { callingUserId, waitMsOf } from './caller.ts';
import type { OrdersDependencies } from './dependencies.ts';
import { readOrderMessage } from './order-message.ts';
import { placeOrder } from './place-order.ts';
import { placingError } from './placing-error.ts';
import { type Quote, readQuote } from './read-quote.ts';

/**
 * Places an order and waits for its end, within limits.
 *
 * The order has the name of the call's effect, so that a call which takes over one that was cut off finds its order and waits for it. What the
 * caller's going away stops is the waiting, never the order.
 */
export async function createOrder(
  deps: OrdersDependencies,
  request: CreateOrderRequest,
  { signal }: Pick<HandlerContext, 'signal'>,
): Promise<CreateOrderResponse> {
  const userId = callingUserId();
  const id = currentEffectId();
  const known = await findOrder(deps.database.kysely, id);
  const order = known ?? (await placeOrder(deps, { id, userId, quote: await quoteNow(deps, request), request }));
  return await answer(deps, order, signal);
}

/** By the prices of this moment: nobody is charged by one that was true before. */
function quoteNow({ products, pricing }: OrdersDependencies, { items }: CreateOrderRequest): Promise<Quote> {
  const readProducts = async (ids: readonly string[]) => (await products.batchGetProducts({ ids: [...ids] })).products;
  return readQuote(readProducts, items, pricing);
}

async function answer(deps: OrdersDependencies, placed: OrderRow, signal: AbortSignal): Promise<CreateOrderResponse> {
  let order = placed;
  if (isBeingPlaced(order.status)) {
    await deps.sagas.engine.result(order.saga_id, { waitMs: waitMsOf(deps), signal });
    order = (await findOrder(deps.database.kysely, order.id)) ?? order;
  }
  if (order.status === 'cancelled' && order.failure !== null) throw placingError(order, order.failure);
  if (isBeingPlaced(order.status)) {
    // Nobody hears the answer of a call that was cut off, so it must not be kept: whoever repeats the call waits anew.
    signal.throwIfAborted();
    setHttpStatus(202);
  }
  return create(CreateOrderResponseSchema, { order: await readOrderMessage(deps, order) });
}
