import { create } from '@bufbuild/protobuf';
import type { HandlerContext } from '@connectrpc/connect';
import {
  type WatchOrderRequest,
  type WatchOrderResponse,
  WatchOrderResponseSchema,
} from '@mainstay/contracts/orders/v1/orders';
import { isFinal } from '../domain/order-status.ts';
import { listItems } from '../store/orders-store.ts';
import { requireVisibleOrder } from './caller.ts';
import type { OrdersDependencies } from './dependencies.ts';
import { orderMessage, statusChangeMessage } from './order-message.ts';

/**
 * Streams an order: as it stands, then after every change, until none can follow.
 *
 * A position is the version of the order that an answer tells of; one that the order has not reached is none of ours, and begins anew. Changes that come
 * together, or came while nobody listened, are told together.
 */
export async function* watchOrder(
  deps: OrdersDependencies,
  request: WatchOrderRequest,
  { signal }: HandlerContext,
): AsyncGenerator<WatchOrderResponse> {
  const { database, record, watchers } = deps;
  let row = await requireVisibleOrder(deps, request.id);
  const items = await listItems(database.kysely, [row.id]);
  let seen = request.afterPosition > row.version ? 0n : request.afterPosition;
  for (;;) {
    const history = (await record.statusChanges(database, row.id)).filter(({ version }) => version <= row.version);
    const changes = history.filter(({ version }) => version > seen);
    const { version: position } = row;
    if (changes.length > 0) {
      const order = orderMessage(row, items, history);
      yield create(WatchOrderResponseSchema, { position, order, changes: changes.map(statusChangeMessage) });
    }
    if (isFinal(row.status)) return;
    seen = position;
    await watchers.changed(row.id, seen, signal);
    row = await requireVisibleOrder(deps, row.id);
  }
}
