import { create } from '@bufbuild/protobuf';
import {
  type ListProductsRequest,
  type ListProductsResponse,
  ListProductsResponseSchema,
} from '@mainstay/contracts/products/v1/products';
import { kernelReasons, PlatformError } from '@mainstay/kernel';
import { decodePageToken, encodePageToken, type PageCursor } from '../domain/page-token.ts';
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
  const after = request.pageToken === '' ? undefined : readToken(request.pageToken, search);
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
    nextPageToken: hasMore
      ? encodePageToken({ id: last.id, ...(last.rank !== undefined && { rank: last.rank }) }, search)
      : '',
  });
}

function readToken(token: string, search: string): PageCursor {
  const cursor = decodePageToken(token, search);
  if (cursor !== undefined) return cursor;
  throw new PlatformError(kernelReasons.PAGE_TOKEN_INVALID, 'page_token is damaged or belongs to another search', {
    violations: [
      { field: 'page_token', rule: 'page_token.invalid', message: 'take it unchanged from the page before' },
    ],
  });
}
