import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  type GetOrderHistoryRequest,
  type GetOrderHistoryResponse,
  GetOrderHistoryResponseSchema,
  OrderStatus,
} from '@mainstay/contracts/orders/v1/orders';
import { seesAllOrders } from '../domain/access.ts';
import { parseActor } from '../domain/actor.ts';
import { statusNumbers } from '../forms/status-words.ts';
import { listHistory } from '../store/history-store.ts';
import { caller, requireVisibleOrder } from './caller.ts';
import type { OrdersDependencies } from './dependencies.ts';

/** Returns what happened to an order; whose account and which trace it was, to administrators only. */
export async function getOrderHistory(
  deps: OrdersDependencies,
  request: GetOrderHistoryRequest,
): Promise<GetOrderHistoryResponse> {
  const { id } = await requireVisibleOrder(deps, request.id);
  const isAuditor = seesAllOrders(caller());
  const rows = await listHistory(deps.database.kysely, id);
  return create(GetOrderHistoryResponseSchema, {
    entries: rows.map(({ version, type, at, status, reason, actor, trace_id: traceId }) => {
      const { kind, id: actorId } = parseActor(actor);
      return {
        version,
        type,
        at: timestampFromDate(at),
        status: status === null ? OrderStatus.UNSPECIFIED : statusNumbers[status],
        reason,
        actor: kind,
        ...(isAuditor && { actorId, traceId: traceId ?? '' }),
      };
    }),
  });
}
