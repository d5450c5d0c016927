import { create } from '@bufbuild/protobuf';
import {
  type CreateProductRequest,
  type CreateProductResponse,
  CreateProductResponseSchema,
} from '@mainstay/contracts/products/v1/products';
import { findProduct } from '../store/catalogue-store.ts';
import { insertProducts } from '../store/products-store.ts';
import type { ProductsDependencies } from './dependencies.ts';
import { firstStock, newProduct, skuTaken } from './new-product.ts';
import { productMessage } from './product-message.ts';

/** Adds a product with its first stock. */
export async function createProduct(
  deps: ProductsDependencies,
  request: CreateProductRequest,
): Promise<CreateProductResponse> {
  const product = newProduct(deps.clock, request);
  const row = await deps.database.transaction(async (tx) => {
    const added = await insertProducts(tx.kysely, [product], firstStock);
    if (!added.has(product.id)) throw skuTaken([{ field: 'sku', sku: product.sku }]);
    return (await findProduct(tx.kysely, product.id))!;
  });
  return create(CreateProductResponseSchema, { product: productMessage(row) });
}
