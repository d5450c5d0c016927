import { create } from '@bufbuild/protobuf';
import {
  type ListOrdersRequest,
  type ListOrdersResponse,
  ListOrdersResponseSchema,
} from '@mainstay/contracts/orders/v1/orders';
import { decodePageToken, encodePageToken, isUuid } from '@mainstay/kernel';
import { seesAllOrders } from '../domain/access.ts';
import { statusWord } from '../forms/status-words.ts';
import { listItems, listOrders as listRows } from '../store/orders-store.ts';
import { caller, callingUserId } from './caller.ts';
import type { OrdersDependencies } from './dependencies.ts';
import { orderMessage } from './order-message.ts';

const defaultPageSize = 20;

/** Lists orders, newest first, page by page. One row more than asked for tells whether there is another page. */
export async function listOrders(deps: OrdersDependencies, request: ListOrdersRequest): Promise<ListOrdersResponse> {
  const userId = seesAllOrders(caller()) ? request.userId : callingUserId();
  if (userId !== '' && !isUuid(userId)) return create(ListOrdersResponseSchema);
  const status = statusWord(request.status);
  const search = JSON.stringify([userId, status ?? '']);
  const beforeId = request.pageToken === '' ? undefined : decodePageToken(request.pageToken, search, readId);
  const pageSize = request.pageSize || defaultPageSize;

  const rows = await listRows(deps.database.kysely, {
    limit: pageSize + 1,
    ...(userId !== '' && { userId }),
    ...(status !== undefined && { status }),
    ...(beforeId !== undefined && { beforeId }),
  });
  const page = rows.slice(0, pageSize);
  const items = await listItems(
    deps.database.kysely,
    page.map(({ id }) => id),
  );
  const last = page.at(-1);
  return create(ListOrdersResponseSchema, {
    orders: page.map((row) =>
      orderMessage(
        row,
        items.filter((item) => item.order_id === row.id),
      ),
    ),
    nextPageToken: rows.length > pageSize && last !== undefined ? encodePageToken(search, last.id) : '',
  });
}

function readId(place: unknown): string | undefined {
  return typeof place === 'string' && isUuid(place) ? place : undefined;
}
