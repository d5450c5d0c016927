import { create } from '@bufbuild/protobuf';
import {
  type DeliverOrderRequest,
  type DeliverOrderResponse,
  DeliverOrderResponseSchema,
} from '@mainstay/contracts/orders/v1/orders';
import type { OrdersDependencies } from './dependencies.ts';
import { moveByHand } from './move-by-hand.ts';

/** Marks a shipped order as received; repeating it changes nothing. */
export async function deliverOrder(
  deps: OrdersDependencies,
  request: DeliverOrderRequest,
): Promise<DeliverOrderResponse> {
  const order = await moveByHand(deps, request.id, { kind: 'deliver' });
  return create(DeliverOrderResponseSchema, { order });
}
