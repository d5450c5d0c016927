import type { ListProductsResponse, Product } from '@mainstay/contracts/products/v1/products';

/** Members of a product in JSON, for gateways that are told the shape of an answer. */
export const productSchema = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    name: { type: 'string' },
    sku: { type: 'string' },
    category: { type: 'string' },
    price: { type: 'object', properties: { currencyCode: { type: 'string' }, minorUnits: { type: 'string' } } },
    stockQuantity: { type: 'integer' },
    availableQuantity: { type: 'integer' },
    reservedQuantity: { type: 'integer' },
    weightGrams: { type: 'integer' },
    active: { type: 'boolean' },
    createdAt: { type: 'string' },
    updatedAt: { type: 'string' },
  },
} as const;

/** Members of a page of products. */
export const listSchema = {
  type: 'object',
  properties: { products: { type: 'array', items: productSchema }, nextPageToken: { type: 'string' } },
} as const;

/** A product as somebody would write it out by hand, with the rules of protobuf's JSON. */
export function productJson(product: Product): object {
  const at = (time: Product['createdAt']): string => new Date(Number(time?.seconds ?? 0n) * 1_000).toISOString();
  return {
    id: product.id,
    name: product.name,
    sku: product.sku,
    category: product.category,
    price: { currencyCode: product.price?.currencyCode, minorUnits: String(product.price?.minorUnits) },
    stockQuantity: product.stockQuantity,
    availableQuantity: product.availableQuantity,
    reservedQuantity: product.reservedQuantity,
    weightGrams: product.weightGrams,
    active: product.active,
    createdAt: at(product.createdAt),
    updatedAt: at(product.updatedAt),
  };
}

/** A page of products in the same way. */
export function listJson({
  products,
  nextPageToken,
}: Pick<ListProductsResponse, 'products' | 'nextPageToken'>): object {
  return { products: products.map(productJson), nextPageToken };
}
