import { create } from '@bufbuild/protobuf';
import {
  type GetOrderRequest,
  type GetOrderResponse,
  GetOrderResponseSchema,
} from '@mainstay/contracts/orders/v1/orders';
import { requireVisibleOrder } from './caller.ts';
import type { OrdersDependencies } from './dependencies.ts';
import { readOrderMessage } from './order-message.ts';

/** Returns an order with its history, as it stands now. */
export async function getOrder(deps: OrdersDependencies, request: GetOrderRequest): Promise<GetOrderResponse> {
  const row = await requireVisibleOrder(deps, request.id);
  return create(GetOrderResponseSchema, { order: await readOrderMessage(deps, row) });
}
