import type { CreateProductRequest } from '@mainstay/contracts/products/v1/products';
import { type Clock, PlatformError, uuidv7 } from '@mainstay/kernel';
import { productsReasons } from '../errors.ts';
import type { NewProduct } from '../store/products-store.ts';

/** The stock movement that a new product begins with. */
export const firstStock = 'initial stock';

/** Makes the product that a request asks for. */
export function newProduct(clock: Clock, request: CreateProductRequest): NewProduct {
  return {
    id: uuidv7(clock),
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
}

/** Says that other products have these stock keeping units; a field for each, as the request names it. */
export function skuTaken(skus: readonly { readonly field: string; readonly sku: string }[]): PlatformError {
  const named = skus.map(({ sku }) => JSON.stringify(sku)).join(', ');
  return new PlatformError(productsReasons.SKU_TAKEN, `taken: ${named}`, {
    violations: skus.map(({ field }) => ({ field, rule: 'sku.taken', message: 'is taken' })),
  });
}
