import { create } from '@bufbuild/protobuf';
import {
  type ReleaseStockRequest,
  type ReleaseStockResponse,
  ReleaseStockResponseSchema,
} from '@mainstay/contracts/products/v1/products';
import { settle } from '../reservations/settle.ts';
import type { ProductsDependencies } from './dependencies.ts';

/** Gives held stock back, and blocks a hold that arrives later. */
export async function releaseStock(
  deps: ProductsDependencies,
  request: ReleaseStockRequest,
): Promise<ReleaseStockResponse> {
  const { hasLines } = await deps.database.transaction((tx) => settle(tx, 'release', request.orderId));
  return create(ReleaseStockResponseSchema, { released: hasLines });
}
