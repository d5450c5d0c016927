import type { GetProductRequest, GetProductResponse } from '@mainstay/contracts/products/v1/products';
import { ProductsService } from '@mainstay/contracts/products/v1/products';
import { plainProduct, product, productList } from './product-list.ts';
import type { Workload } from './workload.ts';

const kept = product(7);
const plain = plainProduct(7);

/** One product out of memory, whatever id is asked for. */
export const oneProduct: Workload = {
  ...productList,
  method: ProductsService.method.getProduct,
  request: { id: kept.id },
  answer: ({ id }: GetProductRequest) => ({ product: id === kept.id ? kept : product(0) }),
  plainRequest: { id: kept.id },
  plainAnswer: ({ id }: { id: string }) => ({ product: id === kept.id ? plain : plainProduct(0) }),
  isRight: (answer: GetProductResponse) => answer.product?.sku === kept.sku,
};
