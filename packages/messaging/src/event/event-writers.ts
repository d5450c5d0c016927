import type { SqlExecutor } from '@mainstay/kernel';

// One row for each transaction that has begun to write events. The lock is taken before a sequence is drawn, and held to the end.
const writersSql = `
with held as materialized (select * from pg_locks where granted)
select writing.virtualtransaction || coalesce((
  select string_agg(' ' || transactionid::text, '') from held
  where held.virtualtransaction = writing.virtualtransaction and locktype = 'transactionid' and mode = 'ExclusiveLock'
), '') as writer
from (
  select distinct virtualtransaction from held
  where database = (select oid from pg_database where datname = current_database())
    and relation = $1::regclass and mode = 'RowExclusiveLock'
) as writing`;

/**
 * Transactions that are writing rows of a table, and so may still commit a sequence that is not seen yet.
 *
 * Shape: the virtual transaction, and behind it the ids of transaction and savepoints, as far as there are any: `5/123 4711`.
 */
export async function listWriters(sql: SqlExecutor, table: 'outbox' | 'stream_events'): Promise<readonly string[]> {
  const { rows } = await sql.query<{ writer: string }>(writersSql, [table]);
  return rows.map(({ writer }) => writer);
}

/**
 * Whether a writer that was listed before may be one of those listed now.
 *
 * A transaction that stands prepared goes on over a restart of the server, which then knows it by its id alone (`-1/4711 4711`). One that
 * had no id yet when it was listed may be any of those.
 */
export function isWriting(writer: string, now: readonly string[]): boolean {
  const [virtual, ...ids] = writer.split(' ');
  return now.some((other) => {
    const [otherVirtual = '', ...otherIds] = other.split(' ');
    if (otherVirtual === virtual) return true;
    return ids.length === 0 ? otherVirtual.startsWith('-1/') : otherIds.some((id) => ids.includes(id));
  });
}
