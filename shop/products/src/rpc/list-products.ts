import { create } from '@bufbuild/protobuf';
import {
  type ListProductsRequest,
  type ListProductsResponse,
  ListProductsResponseSchema,
} from '@mainstay/contracts/products/v1/products';
import { decodePageToken, encodePageToken } from '@mainstay/kernel';
import { readCursor, writeCursor } from '../domain/page-cursor.ts';
import { textQuery } from '../domain/search-words.ts';
import { searchProducts } from '../store/catalogue-store.ts';
import { seesInactive } from './caller.ts';
import type { ProductsDependencies } from './dependencies.ts';
import { productMessage } from './product-message.ts';

const defaultPageSize = 20;

/** Searches the catalogue, page by page; on a replica where there is one, so the newest products may be missing for a moment. One row more than asked for tells whether there is another page. */
export async function listProducts(
  deps: ProductsDependencies,
  request: ListProductsRequest,
): Promise<ListProductsResponse> {
  const pageSize = request.pageSize || defaultPageSize;
  const typed = request.query.trim();
  const search = JSON.stringify([typed, request.category]);
  const after = request.pageToken === '' ? undefined : decodePageToken(request.pageToken, search, readCursor);
  const words = typed === '' ? undefined : textQuery(typed);
  if (typed !== '' && words === undefined) return create(ListProductsResponseSchema);
  const rows = await searchProducts(deps.database.reads.kysely, {
    limit: pageSize + 1,
    includeInactive: seesInactive(),
    ...(words !== undefined && { words }),
    ...(request.category !== '' && { category: request.category }),
    ...(after !== undefined && { after }),
  });
  const page = rows.slice(0, pageSize);
  const last = page.at(-1);
  const hasMore = rows.length > pageSize && last !== undefined;
  return create(ListProductsResponseSchema, {
    products: page.map(productMessage),
    nextPageToken: hasMore ? encodePageToken(search, writeCursor(last)) : '',
  });
}
