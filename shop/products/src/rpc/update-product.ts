import { create } from '@bufbuild/protobuf';
import {
  type UpdateProductRequest,
  UpdateProductRequestSchema,
  type UpdateProductResponse,
  UpdateProductResponseSchema,
} from '@mainstay/contracts/products/v1/products';
import { isUuid } from '@mainstay/kernel';
import { changedFields } from '@mainstay/rpc';
import { findProduct } from '../store/catalogue-store.ts';
import { updateProduct as change, type ProductChange } from '../store/products-store.ts';
import type { ProductsDependencies } from './dependencies.ts';
import { productMessage } from './product-message.ts';
import { productNotFound } from './product-not-found.ts';

/** Changes a product: the fields of the mask, or every field that is set when there is no mask. */
export async function updateProduct(
  deps: ProductsDependencies,
  request: UpdateProductRequest,
): Promise<UpdateProductResponse> {
  const db = deps.database.kysely;
  const changed = productChange(request);
  const known = isUuid(request.id);
  if (known && Object.keys(changed).length > 0) await change(db, request.id, changed);
  const row = known ? await findProduct(db, request.id) : undefined;
  if (row === undefined) throw productNotFound(request.id);
  return create(UpdateProductResponseSchema, { product: productMessage(row) });
}

function productChange(request: UpdateProductRequest): ProductChange {
  const changed = changedFields(UpdateProductRequestSchema, request, {
    mask: request.updateMask,
    changeable: ['name', 'description', 'category', 'price', 'image_url', 'weight_grams', 'active'],
    clearable: ['description', 'image_url', 'weight_grams'],
  });
  const { name = '', description = '', category = '', price, imageUrl = '', weightGrams = 0, active = true } = request;
  return {
    ...(changed.has('name') && { name }),
    ...(changed.has('description') && { description }),
    ...(changed.has('category') && { category }),
    ...(changed.has('price') &&
      price !== undefined && {
        price_minor_units: price.minorUnits,
        currency_code: price.currencyCode,
      }),
    ...(changed.has('image_url') && { image_url: imageUrl }),
    ...(changed.has('weight_grams') && { weight_grams: weightGrams }),
    ...(changed.has('active') && { active }),
  };
}
