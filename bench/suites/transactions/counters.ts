import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '@mainstay/postgres';

/** What a server has done since it was started. */
export interface Counters {
  readonly commits: number;
  readonly syncs: number;
  readonly walBytes: number;
}

/** A connection that ends tells its figures to the server a little later. */
const settleMs = 300;

/** Reads the counters; all connections of the measured processes must have ended. */
export async function readCounters(database: Pick<Database, 'query'>): Promise<Counters> {
  await pause(settleMs);
  const { rows } = await database.query<{ commits: number; syncs: number; wal_bytes: number }>(
    `SELECT (SELECT sum(xact_commit) FROM pg_stat_database)::float8 AS commits,
            (SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal')::float8 AS syncs,
            (pg_current_wal_lsn() - '0/0')::float8 AS wal_bytes`,
  );
  const row = rows[0];
  if (row === undefined) throw new Error('the server told nothing');
  return { commits: row.commits, syncs: row.syncs, walBytes: row.wal_bytes };
}
