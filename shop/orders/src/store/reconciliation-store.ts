import { isUuid, type SqlExecutor } from '@mainstay/kernel';
import type { OrderStatus } from '../domain/order-status.ts';

/** What the reconciler walks over, page by page. */
export type Scan = 'orders' | 'stock' | 'charges';

/** An order as it is compared. */
export interface ComparedOrder {
  readonly id: string;
  readonly status: OrderStatus;
  readonly total: bigint;
  readonly updatedAt: Date;
  /** Whether a saga is under way for it. */
  readonly isDriven: boolean;
}

/** How far a scan has come; undefined before it began. */
export async function readPosition(sql: SqlExecutor, scan: Scan): Promise<string | undefined> {
  const text = 'select position from reconciliation_cursors where scan = $1';
  return (await sql.query<{ position: string }>(text, [scan])).rows[0]?.position;
}

/** Notes how far a scan has come. */
export async function writePosition(
  sql: SqlExecutor,
  { scan, position, at }: { readonly scan: Scan; readonly position: string; readonly at: Date },
): Promise<void> {
  await sql.query(
    `insert into reconciliation_cursors (scan, position, moved_at) values ($1, $2, $3)
     on conflict (scan) do update set position = excluded.position, moved_at = excluded.moved_at`,
    [scan, position, at],
  );
}

/** The next orders behind one, by their ids; uses the primary key. */
export async function nextOrders(sql: SqlExecutor, afterId: string, limit: number): Promise<readonly string[]> {
  const text = 'select id::text as id from orders where id > $1::uuid order by id limit $2';
  return (await sql.query<{ id: string }>(text, [afterId, limit])).rows.map(({ id }) => id);
}

// Primary key of orders, index sagas_subject.
const comparedSql = `
select id::text as id, status, total_minor_units as total, updated_at as "updatedAt",
  exists (select 1 from sagas where sagas.subject = orders.id::text and sagas.ended_at is null) as "isDriven"
from orders where id = any($1::uuid[])`;

/** Reads orders as they are compared; those that are not known are left out. */
export async function readCompared(sql: SqlExecutor, ids: readonly string[]): Promise<readonly ComparedOrder[]> {
  return (await sql.query<ComparedOrder>(comparedSql, [ids.filter(isUuid)])).rows;
}
