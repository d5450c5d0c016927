import { create } from '@bufbuild/protobuf';
import {
  type ShipOrderRequest,
  type ShipOrderResponse,
  ShipOrderResponseSchema,
} from '@mainstay/contracts/orders/v1/orders';
import type { OrdersDependencies } from './dependencies.ts';
import { moveByHand } from './move-by-hand.ts';

/** Marks a confirmed order as handed to the carrier; repeating it with the same tracking number changes nothing. */
export async function shipOrder(deps: OrdersDependencies, request: ShipOrderRequest): Promise<ShipOrderResponse> {
  const { id, trackingNumber } = request;
  const order = await moveByHand(deps, id, { kind: 'ship', trackingNumber });
  return create(ShipOrderResponseSchema, { order });
}
