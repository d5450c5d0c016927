import { create } from '@bufbuild/protobuf';
import {
  type BatchGetProductsRequest,
  type BatchGetProductsResponse,
  BatchGetProductsResponseSchema,
} from '@mainstay/contracts/products/v1/products';
import { isUuid } from '@mainstay/kernel';
import { findProducts } from '../store/catalogue-store.ts';
import { seesInactive } from './caller.ts';
import type { ProductsDependencies } from './dependencies.ts';
import { productMessage } from './product-message.ts';

/** Returns several products in the order asked for; unknown ones and those off sale are left out. */
export async function batchGetProducts(
  deps: ProductsDependencies,
  request: BatchGetProductsRequest,
): Promise<BatchGetProductsResponse> {
  const rows = await findProducts(deps.database.kysely, [...new Set(request.ids.filter(isUuid))]);
  const visible = new Map(rows.filter((row) => row.active || seesInactive()).map((row) => [row.id, row]));
  const found = request.ids.flatMap((id) => visible.get(id.toLowerCase()) ?? []);
  return create(BatchGetProductsResponseSchema, { products: found.map(productMessage) });
}
