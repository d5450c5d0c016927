import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { MoneySchema } from '@mainstay/contracts/mainstay/common/v1/money';
import { type Product, ProductSchema } from '@mainstay/contracts/products/v1/products';
import type { ProductRow } from '../store/catalogue-store.ts';

/** A product as others see it; available is what is on hand and not held. */
export function productMessage(row: ProductRow): Product {
  return create(ProductSchema, {
    id: row.id,
    name: row.name,
    description: row.description,
    sku: row.sku,
    category: row.category,
    price: create(MoneySchema, { currencyCode: row.currency_code, minorUnits: row.price_minor_units }),
    stockQuantity: row.on_hand,
    availableQuantity: row.on_hand - row.reserved,
    reservedQuantity: row.reserved,
    imageUrl: row.image_url,
    weightGrams: row.weight_grams,
    active: row.active,
    createdAt: timestampFromDate(row.created_at),
    updatedAt: timestampFromDate(row.updated_at),
  });
}
