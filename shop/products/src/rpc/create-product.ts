import { create } from '@bufbuild/protobuf';
import {
  type CreateProductRequest,
  type CreateProductResponse,
  CreateProductResponseSchema,
} from '@mainstay/contracts/products/v1/products';
import { PlatformError, uuidv7 } from '@mainstay/kernel';
import { isUniqueViolation } from '@mainstay/postgres';
import { productsReasons } from '../errors.ts';
import { findProduct } from '../store/catalogue-store.ts';
import { insertProducts } from '../store/products-store.ts';
import type { ProductsDependencies } from './dependencies.ts';
import { productMessage } from './product-message.ts';

/** Adds a product with its first stock. */
export async function createProduct(
  deps: ProductsDependencies,
  request: CreateProductRequest,
): Promise<CreateProductResponse> {
  const id = uuidv7(deps.clock);
  const product = {
    id,
    name: request.name,
    description: request.description,
    sku: request.sku,
    category: request.category,
    priceMinorUnits: request.price?.minorUnits ?? 0n,
    currencyCode: request.price?.currencyCode ?? '',
    imageUrl: request.imageUrl,
    weightGrams: request.weightGrams,
    stockQuantity: request.stockQuantity,
  };
  try {
    const row = await deps.database.transaction(async (tx) => {
      await insertProducts(tx.kysely, [product], 'initial stock');
      return (await findProduct(tx.kysely, id))!;
    });
    return create(CreateProductResponseSchema, { product: productMessage(row) });
  } catch (error) {
    if (!isUniqueViolation(error, 'products_sku_key')) throw error;
    throw new PlatformError(productsReasons.SKU_TAKEN, `sku ${JSON.stringify(request.sku)} is taken`, {
      violations: [{ field: 'sku', rule: 'sku.taken', message: 'is taken' }],
    });
  }
}
