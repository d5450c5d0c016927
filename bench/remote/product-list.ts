import { fileURLToPath } from 'node:url';
import { create } from '@bufbuild/protobuf';
import { type ListProductsResponse, ProductSchema, ProductsService } from '@mainstay/contracts/products/v1/products';
import type { Workload } from './workload.ts';

const createdAt = { seconds: 1_790_000_000, nanos: 0 };

/** Product `n` in JSON's types. */
export const plainProduct = (n: number) => ({
  id: `0199a1b2-c3d4-7e5f-8a6b-${String(n).padStart(12, '0')}`,
  name: `Walnut desk lamp ${n}`,
  sku: `LAMP-${1000 + n}`,
  category: 'lighting',
  price: { currencyCode: 'USD', minorUnits: 4_900 + n },
  stockQuantity: 120,
  availableQuantity: 117,
  reservedQuantity: 3,
  weightGrams: 1_350,
  active: true,
  createdAt,
  updatedAt: createdAt,
});

/** Product `n` as a message. */
export const product = (n: number) => {
  const plain = plainProduct(n);
  const at = { seconds: BigInt(createdAt.seconds), nanos: 0 };
  const price = { ...plain.price, minorUnits: BigInt(plain.price.minorUnits) };
  return create(ProductSchema, { ...plain, price, createdAt: at, updatedAt: at });
};

const count = 20;
const products = Array.from({ length: count }, (_, n) => product(n));
const plainProducts = Array.from({ length: count }, (_, n) => plainProduct(n));

/** A page of 20 products, 2.5 kB. */
export const productList: Workload = {
  service: ProductsService,
  method: ProductsService.method.listProducts,
  request: { category: 'lighting', pageSize: count },
  answer: () => ({ products, nextPageToken: 'page-2' }),
  plainRequest: { category: 'lighting', pageSize: count },
  plainAnswer: () => ({ products: plainProducts, nextPageToken: 'page-2' }),
  isRight: (answer: ListProductsResponse) =>
    answer.products.length === count && answer.products[0]?.sku === 'LAMP-1000',
  protoFile: 'products/v1/products.proto',
  protoFolders: ['proto', 'third_party'].map((folder) =>
    fileURLToPath(new URL(`../../contracts/${folder}`, import.meta.url)),
  ),
};
