import type { SqlExecutor } from '@mainstay/kernel';

// One row for each transaction that has begun to write events. The lock is taken before a sequence is drawn, and held to the end.
const writersSql = `
select distinct virtualtransaction as writer from pg_locks
where database = (select oid from pg_database where datname = current_database())
  and relation = $1::regclass and mode = 'RowExclusiveLock' and granted`;

/** Transactions that are writing rows of a table, and so may still commit a sequence that is not seen yet. */
export async function listWriters(sql: SqlExecutor, table: 'outbox' | 'stream_events'): Promise<readonly string[]> {
  const { rows } = await sql.query<{ writer: string }>(writersSql, [table]);
  return rows.map(({ writer }) => writer);
}
