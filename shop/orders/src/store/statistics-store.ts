import type { Kysely } from 'kysely';
import type { OrderDayCountRow, OrderDayCountsTable, OrderDayRevenueRow, OrdersDatabase } from './tables.ts';

type Db = Kysely<OrdersDatabase>;

/** What is counted. */
export type Counted = Exclude<keyof OrderDayCountsTable, 'day'>;

/** Counts an order on the day of a moment. Primary key; locks the day's row to the end of the transaction. */
export async function countOrder(tx: Db, at: Date, counted: Counted): Promise<void> {
  await tx
    .insertInto('order_day_counts')
    .values({ day: dayOf(at), [counted]: 1n })
    .onConflict((conflict) =>
      conflict.column('day').doUpdateSet((eb) => ({ [counted]: eb(`order_day_counts.${counted}`, '+', 1n) })),
    )
    .execute();
}

/** Adds what was taken to the day of a moment. Primary key; locks the row of day and currency. */
export async function addRevenue(
  tx: Db,
  at: Date,
  money: { readonly currencyCode: string; readonly minorUnits: bigint },
): Promise<void> {
  await tx
    .insertInto('order_day_revenues')
    .values({ day: dayOf(at), currency_code: money.currencyCode, minor_units: money.minorUnits })
    .onConflict((conflict) =>
      conflict
        .columns(['day', 'currency_code'])
        .doUpdateSet((eb) => ({ minor_units: eb('order_day_revenues.minor_units', '+', money.minorUnits) })),
    )
    .execute();
}

/** Days from one to another, both included, as `YYYY-MM-DD`. */
export interface DayRange {
  readonly from: string;
  readonly to: string;
}

/** Counts of the days that have any, oldest first. */
export async function listDayCounts(db: Db, { from, to }: DayRange): Promise<OrderDayCountRow[]> {
  return await db
    .selectFrom('order_day_counts')
    .selectAll()
    .where('day', '>=', from)
    .where('day', '<=', to)
    .orderBy('day')
    .execute();
}

/** Revenues of these days, by day and currency. */
export async function listDayRevenues(db: Db, { from, to }: DayRange): Promise<OrderDayRevenueRow[]> {
  return await db
    .selectFrom('order_day_revenues')
    .selectAll()
    .where('day', '>=', from)
    .where('day', '<=', to)
    .orderBy('day')
    .orderBy('currency_code')
    .execute();
}

/** The day of a moment in UTC. */
export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}
