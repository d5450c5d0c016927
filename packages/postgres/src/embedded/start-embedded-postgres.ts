import { mkdir, realpath, stat } from 'node:fs/promises';
import { type Logger, optionError, silentLogger } from '@mainstay/kernel';
import { findBinaries } from './binaries.ts';
import { clusterFolder, createCluster, nameFor, readPassword, superuser } from './cluster.ts';
import { lockDataFolder } from './data-folder-lock.ts';
import { freePort } from './free-port.ts';
import { endChildren, serverPid, stopOrphan, stopServer } from './orphan.ts';
import { serverArguments } from './server-arguments.ts';
import { startServer } from './server-process.ts';
import { chooseServerUser, type ServerUser } from './server-user.ts';
import { startFailed, toStartError } from './start-failed.ts';

/** Options of {@link startEmbeddedPostgres}. */
export interface EmbeddedPostgresOptions {
  /** Folder that holds everything of this server; made when missing. */
  readonly dataDir: string;
  /** Port on 127.0.0.1; default 0 takes a free one. */
  readonly port?: number;
  /** Default silent. */
  readonly logger?: Logger;
  /** Receives each line of the server's own log. */
  readonly onLine?: (line: string) => void;
  /** Most connections of all clients together, default 200. */
  readonly maxConnections?: number;
  /** Most transactions that stand prepared at once, for two-phase commit; default 0, which refuses to prepare any. */
  readonly maxPreparedTransactions?: number;
  /** Default true. False is faster; a dead server still loses nothing, a dead machine everything: for tests. */
  readonly fsync?: boolean;
  /** Longest time until the server takes connections, recovery after a crash included; default 60,000 ms. */
  readonly startTimeoutMs?: number;
}

/** A running server; disposing shuts it down cleanly and gives the data folder free. */
export interface EmbeddedPostgres extends AsyncDisposable {
  /** Address of the superuser, on the database `postgres`. Holds the password: never log it. */
  readonly url: string;
  readonly port: number;
  /** Process number of the server. */
  readonly pid: number;
  /** Resolves with the last lines of the server's log when it has ended, asked for or not. */
  readonly ended: Promise<string>;
}

/**
 * Starts a real PostgreSQL server from the installed npm package on a data folder of one owner.
 *
 * The first start makes the cluster (UTF-8, password by SCRAM, checksums). The server listens on 127.0.0.1 only. It ends with this
 * process however that ends; one that survived anyway is stopped by the next start. As root it runs under another account.
 *
 * Shape: `dataDir` holds `cluster/` (owned by the server's account), `superuser-password` (0600) and, while in use, `owner.json`.
 * Cost: about 0.5 s the first time, 0.1 s later; 40 MB of disk, about 25 MB of memory when idle.
 *
 * @throws {@link PlatformError} `EMBEDDED_DATA_IN_USE` when another living process owns the folder; `EMBEDDED_START_FAILED` with
 * one clear line for a full disk, a missing permission, a port in use, a folder of another PostgreSQL version, an unknown platform.
 * @example
 * await using server = await startEmbeddedPostgres({ dataDir: '.mainstay/postgres' });
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const port = options.port ?? 0;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw optionError('embedded.port', '0 to 65535', port);
  try {
    await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
    // The real path, because the system reports it for running servers.
    const dataDir = await realpath(options.dataDir);
    await using resources = new AsyncDisposableStack();
    resources.use(await lockDataFolder(dataDir));
    const server = await startOwned({ ...options, dataDir, port });
    resources.defer(() => server.stop());
    const owned = resources.move();
    return {
      url: server.url,
      port: server.port,
      pid: server.pid,
      ended: server.ended,
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    };
  } catch (error) {
    throw toStartError(error, options.dataDir);
  }
}

interface StartedServer extends Omit<EmbeddedPostgres, typeof Symbol.asyncDispose> {
  stop(): Promise<void>;
}

async function startOwned(options: EmbeddedPostgresOptions & { readonly port: number }): Promise<StartedServer> {
  const { dataDir, logger = silentLogger, fsync = true } = options;
  const cluster = clusterFolder(dataDir);
  await stopOrphan(cluster, logger);
  const user = await chooseServerUser(await ownerOf(cluster));
  const binaries = await findBinaries(user);
  await createCluster(dataDir, binaries, { user, fsync });
  const password = await readPassword(dataDir);
  const folder = await nameFor(user, cluster);

  const start = async (port: number): Promise<StartedServer> => {
    const running = await startServer({
      program: binaries.postgres,
      args: serverArguments({
        folder,
        port,
        fsync,
        maxConnections: options.maxConnections ?? 200,
        maxPreparedTransactions: options.maxPreparedTransactions ?? 0,
      }),
      cwd: cluster,
      user,
      dataDir,
      startTimeoutMs: options.startTimeoutMs ?? 60_000,
      onLine: options.onLine ?? ((line) => logger.debug('postgres', { line })),
    });
    const pid = (await serverPid(cluster)) ?? 0;
    return {
      url: `postgres://${superuser}:${password}@127.0.0.1:${port}/postgres`,
      port,
      pid,
      ended: running.ended,
      async stop() {
        if (pid !== 0) await stopServer(pid);
        running.release();
        await running.ended;
        await endChildren(cluster);
      },
    };
  };
  return options.port === 0 ? onFreePort(start) : start(options.port);
}

/** A free port may be taken between finding and using it, so a few are tried. */
async function onFreePort(start: (port: number) => Promise<StartedServer>): Promise<StartedServer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (attempt === 5 || !(error instanceof Error && error.message.includes('port of the embedded'))) throw error;
    }
  }
}

async function ownerOf(cluster: string): Promise<ServerUser | undefined> {
  const found = await stat(cluster).catch(() => undefined);
  const self = process.getuid?.();
  if (found !== undefined && self !== undefined && self !== 0 && found.uid !== self) {
    throw startFailed(`${cluster} belongs to user ${found.uid}; start as that user or choose another data folder`);
  }
  return found === undefined ? undefined : { uid: found.uid, gid: found.gid };
}
