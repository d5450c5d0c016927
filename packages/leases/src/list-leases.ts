import type { SqlExecutor } from '@mainstay/kernel';

/** A lease as an operator sees it. */
export interface LeaseView {
  readonly name: string;
  readonly epoch: number;
  /** `expired` is one whose owner vanished; anybody may take it. */
  readonly state: 'free' | 'held' | 'reserved' | 'expired';
  readonly owner: string | null;
  readonly heir: string | null;
  /** Since it has had this epoch. */
  readonly ageMs: number;
  /** Since the owner's last sign of life. */
  readonly idleMs: number;
  /** Until it may be taken by anybody; 0 when that is so. */
  readonly expiresInMs: number;
}

// Primary key, ascending.
const listSql = `
select name, epoch, owner, heir,
  case when expires_at <= now() then case when owner is null then 'free' else 'expired' end
       when owner is null then 'reserved' else 'held' end as state,
  extract(epoch from now() - acquired_at)::float8 * 1000 as "ageMs",
  extract(epoch from now() - renewed_at)::float8 * 1000 as "idleMs",
  greatest(0, extract(epoch from expires_at - now())::float8 * 1000) as "expiresInMs"
from leases where name > $1 order by name limit $2`;

/**
 * Lists leases by name.
 *
 * @param page - `after`: last name of the page before, default the beginning; `limit`: 1 to 1,000, default 100.
 */
export async function listLeases(
  sql: SqlExecutor,
  page: { readonly after?: string; readonly limit?: number } = {},
): Promise<readonly LeaseView[]> {
  const limit = Math.min(1_000, Math.max(1, page.limit ?? 100));
  return (await sql.query<LeaseView>(listSql, [page.after ?? '', limit])).rows;
}
