import { create } from '@bufbuild/protobuf';
import {
  type GetOrderStatisticsRequest,
  type GetOrderStatisticsResponse,
  GetOrderStatisticsResponseSchema,
} from '@mainstay/contracts/orders/v1/orders';
import { dayRange } from '../domain/day-range.ts';
import { totalsOf } from '../domain/order-totals.ts';
import { dayOf, listDayCounts, listDayRevenues } from '../store/statistics-store.ts';
import type { OrderDayRevenueRow } from '../store/tables.ts';
import type { OrdersDependencies } from './dependencies.ts';

/** Returns what happened to orders, day by day and in all. */
export async function getOrderStatistics(
  deps: OrdersDependencies,
  { fromDay, toDay }: GetOrderStatisticsRequest,
): Promise<GetOrderStatisticsResponse> {
  const range = dayRange({ from: fromDay, to: toDay }, dayOf(new Date(deps.clock.nowMs())));
  const [counts, revenues] = await Promise.all([
    listDayCounts(deps.database.kysely, range),
    listDayRevenues(deps.database.kysely, range),
  ]);
  const days = counts.map((row) => ({
    day: row.day,
    placedCount: row.placed_count,
    confirmedCount: row.confirmed_count,
    cancelledCount: row.cancelled_count,
    returnedCount: row.returned_count,
    revenue: revenues.filter(({ day }) => day === row.day).map(money),
  }));
  return create(GetOrderStatisticsResponseSchema, { days, totals: totalsOf(days) });
}

function money({ currency_code: currencyCode, minor_units: minorUnits }: OrderDayRevenueRow) {
  return { currencyCode, minorUnits };
}
