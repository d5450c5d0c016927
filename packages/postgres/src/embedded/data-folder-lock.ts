import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlatformError } from '@mainstay/kernel';
import { postgresReasons as reasons } from '../errors.ts';
import { processStart } from './process-identity.ts';

interface Owner {
  readonly pid: number;
  readonly start: string;
}

/**
 * Makes this process the owner of a data folder until disposed; the lock of a process that died is taken over.
 *
 * The lock is a file with the owner's process number and start time. It appears with its content in one step (a hard link), so
 * nobody reads a half-written one.
 *
 * @throws {@link PlatformError} `EMBEDDED_DATA_IN_USE` with the number of the living owner.
 */
export async function lockDataFolder(dataDir: string): Promise<AsyncDisposable> {
  const path = join(dataDir, 'owner.json');
  const draft = join(dataDir, `owner-${randomUUID()}.json`);
  const own: Owner = { pid: process.pid, start: (await processStart(process.pid)) ?? '' };
  try {
    await writeFile(draft, JSON.stringify(own), { mode: 0o600 });
    while (!(await linked(draft, path))) await removeStale(path, dataDir);
  } finally {
    await rm(draft, { force: true });
  }
  return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves a dead owner's file away; when another process was faster and the moved file is alive, puts it back. */
async function removeStale(path: string, dataDir: string): Promise<void> {
  await refuseLiving(path, dataDir);
  const aside = join(dataDir, `owner-${randomUUID()}.json`);
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    await refuseLiving(aside, dataDir);
  } catch (error) {
    await linked(aside, path);
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

async function refuseLiving(path: string, dataDir: string): Promise<void> {
  const owner = await readOwner(path);
  if (owner === undefined || (await processStart(owner.pid)) !== owner.start) return;
  throw new PlatformError(
    reasons.EMBEDDED_DATA_IN_USE,
    `the data folder ${dataDir} is in use by process ${owner.pid}; stop it or choose another folder`,
    { metadata: { pid: String(owner.pid) } },
  );
}

/** The owner that a lock file names; undefined when there is none or it cannot be read as one. */
async function readOwner(path: string): Promise<Owner | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  try {
    const value = JSON.parse(text) as Partial<Owner>;
    return Number.isInteger(value.pid) && typeof value.start === 'string' ? (value as Owner) : undefined;
  } catch {
    // A file cut short by a full disk or a crash belongs to nobody.
    return undefined;
  }
}

/** Tells whether a living process owns the folder. */
export async function isOwned(dataDir: string): Promise<boolean> {
  const owner = await readOwner(join(dataDir, 'owner.json'));
  return owner !== undefined && (await processStart(owner.pid)) === owner.start;
}
