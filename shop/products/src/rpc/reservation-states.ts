import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  type BatchGetReservationsRequest,
  type BatchGetReservationsResponse,
  BatchGetReservationsResponseSchema,
  type ListStockTakenRequest,
  type ListStockTakenResponse,
  ListStockTakenResponseSchema,
  ReservationStatus,
} from '@mainstay/contracts/products/v1/products';
import { isUuid } from '@mainstay/kernel';
import type { ReservationStatus as Status } from '../domain/reservation.ts';
import { listReservationsOf, listStockTaken } from '../store/reservation-lists.ts';
import type { ReservationRow } from '../store/tables.ts';
import type { ProductsDependencies } from './dependencies.ts';

const statuses: Readonly<Record<Status, ReservationStatus>> = {
  held: ReservationStatus.HELD,
  released: ReservationStatus.RELEASED,
  expired: ReservationStatus.EXPIRED,
  committed: ReservationStatus.COMMITTED,
  restocked: ReservationStatus.RESTOCKED,
};
const defaultLimit = 100;
const firstId = '00000000-0000-0000-0000-000000000000';

/** Returns where the reservations of orders stand. */
export async function batchGetReservations(
  deps: ProductsDependencies,
  { orderIds }: BatchGetReservationsRequest,
): Promise<BatchGetReservationsResponse> {
  const rows = await listReservationsOf(deps.database.kysely, orderIds);
  return create(BatchGetReservationsResponseSchema, { reservations: rows.map(stateOf) });
}

/** Returns reservations that keep stock from others. */
export async function stockTaken(
  deps: ProductsDependencies,
  { afterId, limit, minAgeMs }: ListStockTakenRequest,
): Promise<ListStockTakenResponse> {
  const rows = await listStockTaken(deps.database.kysely, {
    afterId: isUuid(afterId) ? afterId : firstId,
    limit: limit || defaultLimit,
    changedBefore: new Date(deps.clock.nowMs() - minAgeMs),
  });
  return create(ListStockTakenResponseSchema, { reservations: rows.map(stateOf) });
}

function stateOf(row: ReservationRow) {
  return {
    id: row.id,
    orderId: row.order_id,
    status: statuses[row.status as Status],
    updatedAt: timestampFromDate(row.updated_at),
  };
}
