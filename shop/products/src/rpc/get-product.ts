import { create } from '@bufbuild/protobuf';
import {
  type GetProductRequest,
  type GetProductResponse,
  GetProductResponseSchema,
} from '@mainstay/contracts/products/v1/products';
import { isUuid } from '@mainstay/kernel';
import { findProduct } from '../store/catalogue-store.ts';
import { seesInactive } from './caller.ts';
import type { ProductsDependencies } from './dependencies.ts';
import { productMessage } from './product-message.ts';
import { productNotFound } from './product-not-found.ts';

/** Returns one product; one that is off sale to administrators only. */
export async function getProduct(deps: ProductsDependencies, request: GetProductRequest): Promise<GetProductResponse> {
  const row = isUuid(request.id) ? await findProduct(deps.database.kysely, request.id) : undefined;
  if (row === undefined || !(row.active || seesInactive())) throw productNotFound(request.id);
  return create(GetProductResponseSchema, { product: productMessage(row) });
}
