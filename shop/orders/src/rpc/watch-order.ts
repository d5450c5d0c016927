import { create } from '@bufbuild/protobuf';
import type { HandlerContext } from '@connectrpc/connect';
import {
  type WatchOrderRequest,
  type WatchOrderResponse,
  WatchOrderResponseSchema,
} from '@mainstay/contracts/orders/v1/orders';
import { isFinal } from '../domain/order-status.ts';
import { listItems } from '../store/orders-store.ts';
import { listStatusChanges } from '../store/status-store.ts';
import { requireVisibleOrder } from './caller.ts';
import type { OrdersDependencies } from './dependencies.ts';
import { orderMessage, statusChangeMessage } from './order-message.ts';

/**
 * Streams an order: as it stands, then after every change, until none can follow.
 *
 * The history is read before the order, so that an answer never tells of less than its position says. Changes that come
 * together, or came while nobody listened, are told together.
 */
export async function* watchOrder(
  deps: OrdersDependencies,
  request: WatchOrderRequest,
  { signal }: HandlerContext,
): AsyncGenerator<WatchOrderResponse> {
  const db = deps.database.kysely;
  const { id } = await requireVisibleOrder(deps, request.id);
  const items = await listItems(db, [id]);
  let position = request.afterPosition;
  for (;;) {
    const history = await listStatusChanges(db, id);
    const row = await requireVisibleOrder(deps, id);
    const changes = history.filter(({ sequence }) => sequence > position);
    const last = changes.at(-1);
    if (last !== undefined) {
      position = last.sequence;
      const order = orderMessage(row, items, history);
      yield create(WatchOrderResponseSchema, { position, order, changes: changes.map(statusChangeMessage) });
    }
    if (isFinal(row.status) && history.at(-1)?.to_status === row.status) return;
    await deps.watchers.changed(id, position, signal);
  }
}
