import { create } from '@bufbuild/protobuf';
import {
  type RestockRequest,
  type RestockResponse,
  RestockResponseSchema,
} from '@mainstay/contracts/products/v1/products';
import { settle } from '../reservations/settle.ts';
import type { ProductsDependencies } from './dependencies.ts';

/** Puts sold stock of a cancelled or returned order back on sale, once. */
export async function restock(deps: ProductsDependencies, request: RestockRequest): Promise<RestockResponse> {
  const { status } = await deps.database.transaction((tx) => settle(tx, 'restock', request.orderId));
  return create(RestockResponseSchema, { restocked: status === 'restocked' });
}
