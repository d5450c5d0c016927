import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Binaries } from './binaries.ts';
import { canEnter, type ServerUser } from './server-user.ts';
import { explainStart, startFailed } from './start-failed.ts';

/** The superuser's name; its password stands in {@link passwordFile}. */
export const superuser = 'postgres';

/** Environment of the programs: nothing of ours leaks in, and messages come in English. */
export const programEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** The folder that PostgreSQL calls its data directory. */
export function clusterFolder(dataDir: string): string {
  return join(dataDir, 'cluster');
}

function passwordFile(dataDir: string): string {
  return join(dataDir, 'superuser-password');
}

/** Reads the superuser's password, made at the first start. */
export async function readPassword(dataDir: string): Promise<string> {
  const password = await readFile(passwordFile(dataDir), 'utf8').catch((error: unknown) => {
    throw startFailed(`the password of the database superuser cannot be read from ${passwordFile(dataDir)}`, error);
  });
  return password.trim();
}

/**
 * Names a folder in a way that works for a process of this account whose working folder it is.
 *
 * Below a folder that only root may enter (`/root`, a fresh temporary folder) the account cannot walk the path. Its working folder is
 * set before the account is changed, though, and Linux leads `/proc/self/cwd` there without walking.
 */
export async function nameFor(user: ServerUser | undefined, folder: string): Promise<string> {
  if (user === undefined || (await canEnter(user, folder))) return folder;
  if (process.platform === 'linux') return '/proc/self/cwd';
  throw startFailed(
    `the account of the server cannot enter ${folder}; start as a normal user or choose another folder`,
  );
}

/** Makes the cluster when there is none; a half-made one of an earlier try is thrown away, because it gets its name last. */
export async function createCluster(
  dataDir: string,
  binaries: Binaries,
  options: { readonly user: ServerUser | undefined; readonly fsync: boolean },
): Promise<void> {
  const cluster = clusterFolder(dataDir);
  for (const entry of await readdir(dataDir)) {
    if (entry.startsWith('initialising-')) await rm(join(dataDir, entry), { recursive: true, force: true });
  }
  if ((await stat(cluster).catch(() => undefined)) !== undefined) {
    await checkVersion(cluster, binaries.major);
    return;
  }

  const draft = join(dataDir, `initialising-${process.pid}`);
  try {
    const password = await initialise(draft, binaries, { ...options, dataDir });
    await writeFile(passwordFile(dataDir), `${password}\n`, { mode: 0o600 });
    await chmod(passwordFile(dataDir), 0o600);
    await rename(join(draft, 'cluster'), cluster);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Makes the cluster in a folder of its own, and returns the superuser's password. */
async function initialise(
  draft: string,
  binaries: Binaries,
  options: { readonly user: ServerUser | undefined; readonly fsync: boolean; readonly dataDir: string },
): Promise<string> {
  const { user } = options;
  const cluster = join(draft, 'cluster');
  const password = randomBytes(24).toString('base64url');
  await mkdir(cluster, { recursive: true, mode: 0o700 });
  await writeFile(join(draft, 'password'), `${password}\n`, { mode: 0o600 });
  if (user !== undefined) {
    for (const path of [join(draft, 'password'), cluster, draft]) await chown(path, user.uid, user.gid);
  }
  const args = [
    `--pgdata=${await nameFor(user, cluster)}`,
    '--pwfile=../password',
    `--username=${superuser}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Built in rather than the system's: the same order and case rules on every machine, also after an upgrade of the C library.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(options.fsync ? [] : ['--no-sync']),
  ];
  await runInitdb(binaries.initdb, args, { cwd: cluster, dataDir: options.dataDir, user });
  return password;
}

async function checkVersion(cluster: string, major: string): Promise<void> {
  const found = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim();
  if (found === major) return;
  throw startFailed(
    `${cluster} was made by PostgreSQL ${found} and this is ${major}; export it with that version, or choose another folder`,
  );
}

async function runInitdb(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly dataDir: string; readonly user: ServerUser | undefined },
): Promise<void> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: programEnvironment,
    stdio: ['ignore', 'ignore', 'pipe'],
    ...options.user,
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [said, code] = await Promise.all([text(child.stderr), ended]);
  if (code !== 0) throw startFailed(explainStart(said, options.dataDir));
}
