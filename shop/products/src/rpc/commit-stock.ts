import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  type CommitStockRequest,
  type CommitStockResponse,
  CommitStockResponseSchema,
} from '@mainstay/contracts/products/v1/products';
import { settle } from '../reservations/settle.ts';
import type { ProductsDependencies } from './dependencies.ts';

/** Turns held stock into sold stock, once. */
export async function commitStock(
  deps: ProductsDependencies,
  request: CommitStockRequest,
): Promise<CommitStockResponse> {
  const { updatedAt } = await deps.database.transaction((tx) => settle(tx, 'commit', request.orderId));
  return create(CommitStockResponseSchema, { committedAt: timestampFromDate(updatedAt) });
}
