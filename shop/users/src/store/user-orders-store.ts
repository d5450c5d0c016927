import type { SqlExecutor } from '@mainstay/kernel';

/** An order that was paid. */
export interface ConfirmedOrder {
  readonly orderId: string;
  readonly userId: string;
  readonly currencyCode: string;
  readonly totalMinorUnits: bigint;
  readonly confirmedAt: Date;
}

/** What an account ordered, in sum. */
export interface OrderSums {
  readonly confirmedCount: number;
  readonly cancelledCount: number;
  readonly returnedCount: number;
  readonly firstConfirmedAt: Date | null;
  readonly lastConfirmedAt: Date | null;
  /** By currency, of orders that were neither cancelled nor returned; in the order of the currencies' names. */
  readonly spent: readonly { readonly currencyCode: string; readonly minorUnits: bigint }[];
}

// Primary key. An order that is there stays as it is, so events may be handled again without emptying the table.
const addSql = `
insert into user_orders (order_id, user_id, currency_code, total_minor_units, confirmed_at)
select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::timestamptz[])
on conflict (order_id) do nothing`;

/** Adds orders that were paid; one statement. */
export async function addConfirmedOrders(tx: SqlExecutor, orders: readonly ConfirmedOrder[]): Promise<void> {
  await tx.query(addSql, [
    orders.map(({ orderId }) => orderId),
    orders.map(({ userId }) => userId),
    orders.map(({ currencyCode }) => currencyCode),
    orders.map(({ totalMinorUnits }) => totalMinorUnits),
    orders.map(({ confirmedAt }) => confirmedAt),
  ]);
}

/** Notes that orders were undone; those that were never paid are not here. Primary key; one statement. */
export async function markUndone(
  tx: SqlExecutor,
  orderIds: readonly string[],
  state: 'cancelled' | 'returned',
): Promise<void> {
  await tx.query('update user_orders set state = $2 where order_id = any($1::uuid[])', [orderIds, state]);
}

// Index user_orders_user_idx: the orders of one account.
const sumsSql = `
select currency_code as "currencyCode", count(*)::integer as "confirmedCount",
  count(*) filter (where state = 'cancelled')::integer as "cancelledCount",
  count(*) filter (where state = 'returned')::integer as "returnedCount",
  coalesce(sum(total_minor_units) filter (where state = 'kept'), 0)::bigint as "minorUnits",
  min(confirmed_at) as "firstConfirmedAt", max(confirmed_at) as "lastConfirmedAt"
from user_orders where user_id = $1 group by currency_code order by currency_code`;

interface CurrencySums {
  readonly currencyCode: string;
  readonly confirmedCount: number;
  readonly cancelledCount: number;
  readonly returnedCount: number;
  readonly minorUnits: bigint;
  readonly firstConfirmedAt: Date;
  readonly lastConfirmedAt: Date;
}

/** Adds up what an account ordered; one statement. */
export async function sumOrders(sql: SqlExecutor, userId: string): Promise<OrderSums> {
  const { rows } = await sql.query<CurrencySums>(sumsSql, [userId]);
  const total = (count: (row: CurrencySums) => number): number => rows.reduce((sum, row) => sum + count(row), 0);
  const times = (at: (row: CurrencySums) => Date): readonly number[] => rows.map((row) => at(row).getTime());
  return {
    confirmedCount: total((row) => row.confirmedCount),
    cancelledCount: total((row) => row.cancelledCount),
    returnedCount: total((row) => row.returnedCount),
    firstConfirmedAt: rows.length === 0 ? null : new Date(Math.min(...times((row) => row.firstConfirmedAt))),
    lastConfirmedAt: rows.length === 0 ? null : new Date(Math.max(...times((row) => row.lastConfirmedAt))),
    spent: rows.filter(({ minorUnits }) => minorUnits > 0n),
  };
}
