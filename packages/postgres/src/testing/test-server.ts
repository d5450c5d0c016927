import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, systemClock } from '@mainstay/kernel';
import { clusterFolder } from '../embedded/cluster.ts';
import { isOwned } from '../embedded/data-folder-lock.ts';
import { stopOrphan } from '../embedded/orphan.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded/start-embedded-postgres.ts';

const prefix = 'mainstay-test-postgres-';

/** A folder younger than this may belong to a run that is just starting. */
const youngMs = 60_000;

/** Environment variable in which the workers of a test run find the server's address. */
export const testServerVariable = 'MAINSTAY_TEST_POSTGRES_URL';

/** Starts a server in a temporary folder that is removed at the end; runs that were killed are cleaned up after first. */
export async function startTestServer(): Promise<EmbeddedPostgres> {
  await removeLeftOvers();
  const dataDir = await mkdtemp(join(tmpdir(), prefix));
  await using resources = new AsyncDisposableStack();
  resources.defer(() => rm(dataDir, { recursive: true, force: true }));
  const server = resources.use(
    await startEmbeddedPostgres({ dataDir, fsync: false, maxConnections: 300, maxPreparedTransactions: 100 }),
  );
  const owned = resources.move();
  return { ...server, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function removeLeftOvers(): Promise<void> {
  for (const entry of await readdir(tmpdir())) {
    if (!entry.startsWith(prefix)) continue;
    const dataDir = join(tmpdir(), entry);
    try {
      if (await isInUse(dataDir)) continue;
      await stopOrphan(clusterFolder(dataDir), silentLogger);
      await rm(dataDir, { recursive: true, force: true });
    } catch {
      // Another run cleans up at the same moment, or the folder is another user's: neither is this run's business.
    }
  }
}

async function isInUse(dataDir: string): Promise<boolean> {
  const { mtimeMs } = await stat(dataDir);
  return systemClock.nowMs() - mtimeMs < youngMs || isOwned(dataDir);
}
