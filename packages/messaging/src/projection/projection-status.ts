import type { SqlExecutor } from '@mainstay/kernel';
import type { Projection } from './projection.ts';

/** How far a projection has come, and who made it anew last. */
export interface ProjectionStatus {
  readonly name: string;
  /** `inline` is written with each append and never behind. */
  readonly kind: 'inline' | 'following';
  readonly tables: readonly string[];
  /** Events that are committed and not applied; more than 10,000 are told as 10,001. */
  readonly behindCount: number;
  /** When the oldest of these happened; null when there is none. */
  readonly behindSince: Date | null;
  readonly rebuiltAt: Date | null;
  readonly rebuiltBy: string | null;
}

// Primary key of projections; stream_events_sequence_idx from the position on; the last row of projection_rebuilds_name.
const statusSql = `
select one.name, behind.count::integer as "behindCount", behind.since as "behindSince", rebuilt.at as "rebuiltAt",
  rebuilt.actor as "rebuiltBy"
from unnest($1::text[], $2::boolean[]) with ordinality as one (name, follows, place)
left join projections as known on known.name = one.name
cross join lateral (
  select count(*), min(time) as since from (
    select time from stream_events where one.follows and sequence > coalesce(known.position, 0) order by sequence limit 10001
  ) as missing
) as behind
left join lateral (
  select at, actor from projection_rebuilds where projection_rebuilds.name = one.name order by id desc limit 1
) as rebuilt on true
order by one.place`;

/** Reads how far projections have come, in one statement. */
export async function readStatuses(
  sql: SqlExecutor,
  { inline, following }: { readonly inline: readonly Projection[]; readonly following: readonly Projection[] },
): Promise<readonly ProjectionStatus[]> {
  const all = [...inline, ...following];
  const values = [all.map(({ name }) => name), all.map((one) => following.includes(one))];
  const { rows } = await sql.query<Omit<ProjectionStatus, 'kind' | 'tables'>>(statusSql, values);
  return rows.map((row, index) => ({
    ...row,
    kind: index < inline.length ? 'inline' : 'following',
    tables: all[index]!.tables,
  }));
}
