import { create } from '@bufbuild/protobuf';
import { type ListCategoriesResponse, ListCategoriesResponseSchema } from '@mainstay/contracts/products/v1/products';
import { listCategories as readCategories } from '../store/catalogue-store.ts';
import type { ProductsDependencies } from './dependencies.ts';

/** Returns the categories that have products on sale. */
export async function listCategories(deps: ProductsDependencies): Promise<ListCategoriesResponse> {
  const rows = await readCategories(deps.database.reads.kysely);
  return create(ListCategoriesResponseSchema, {
    categories: rows.map(({ category, count }) => ({ name: category, productCount: count })),
  });
}
