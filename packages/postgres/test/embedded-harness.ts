import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '@mainstay/postgres';
import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '@mainstay/postgres/embedded';
import { afterEach, beforeEach } from 'vitest';

/** Gives each test of a file a data folder of its own. */
export function useDataFolder(): {
  readonly path: string;
  start(own?: Partial<EmbeddedPostgresOptions>): Promise<EmbeddedPostgres>;
} {
  let path = '';
  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'embedded-test-'));
  });
  afterEach(() => rm(path, { recursive: true, force: true }));
  return {
    get path() {
      return path;
    },
    start: (own = {}) => startEmbeddedPostgres({ dataDir: path, fsync: false, ...own }),
  };
}

/** The error that work ends with. */
export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'it did not fail',
    (error: unknown) => error,
  );
}

/** Runs SQL on a connection of its own. */
export async function run(url: string, text: string): Promise<unknown[]> {
  await using database = await openDatabase({ url, name: 'embedded-test', maxConnections: 1 });
  return [...(await database.query(text)).rows];
}

async function statOf(pid: number): Promise<readonly string[] | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Resolves when a process is gone; one that nobody collects counts as gone. */
export async function gone(pid: number): Promise<void> {
  for (;;) {
    const state = (await statOf(pid))?.[0];
    if (state === undefined || state === 'Z') return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * The two shells that watch the owner of a server, in the order in which to kill them: the one that acts, then its parent.
 *
 * The first is started just after the server, so it is waited for.
 */
export async function watchersOf(serverPid: number): Promise<readonly number[]> {
  const shell = Number((await statOf(serverPid))?.[1]);
  for (;;) {
    const children = await readFile(`/proc/${shell}/task/${shell}/children`, 'utf8');
    const others = children
      .split(' ')
      .map(Number)
      .filter((pid) => pid > 0 && pid !== serverPid);
    if (others.length === 1) return [...others, shell];
  }
}
