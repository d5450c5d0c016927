import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openDatabase } from '@mainstay/postgres';
import { startEmbeddedPostgres } from '@mainstay/postgres/embedded';
import { syncMicroseconds } from './sync-microseconds.ts';

/** What a server has done since it was started. */
export interface Counters {
  readonly commits: number;
  readonly syncs: number;
  readonly walBytes: number;
}

/** A PostgreSQL in a temporary folder, with its usual settings: fsync and synchronous_commit on. */
export interface BenchPostgres extends AsyncDisposable {
  /** Address of the superuser on a database, which is made when missing. */
  database(name: string): Promise<string>;
  /** Reads the counters; the connections that count must have ended. */
  counters(): Promise<Counters>;
}

/** A connection that ends tells its figures to the server a little later. */
const settleMs = 300;

/** Starts a server and says how long its disk takes to confirm a write. */
export async function openPostgres(): Promise<BenchPostgres> {
  await using parts = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'mainstay-bench-'));
  parts.defer(() => rm(dataDir, { recursive: true, force: true }));
  const server = parts.use(await startEmbeddedPostgres({ dataDir }));
  process.stdout.write(`8 KiB written and synced to the disk: ${Math.round(syncMicroseconds(dataDir))} µs\n`);
  const admin = parts.use(await openDatabase({ url: server.url, name: 'bench' }));
  const made = new Set<string>();
  const owned = parts.move();
  return {
    async database(name) {
      if (!made.has(name)) await admin.query(`CREATE DATABASE "${name}"`);
      made.add(name);
      return Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
    },
    async counters() {
      await pause(settleMs);
      const { rows } = await admin.query<{ commits: number; syncs: number; wal_bytes: number }>(
        `SELECT (SELECT sum(xact_commit) FROM pg_stat_database)::float8 AS commits,
                (SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal')::float8 AS syncs,
                (pg_current_wal_lsn() - '0/0')::float8 AS wal_bytes`,
      );
      const { commits, syncs, wal_bytes: walBytes } = rows[0] ?? { commits: 0, syncs: 0, wal_bytes: 0 };
      return { commits, syncs, walBytes };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
