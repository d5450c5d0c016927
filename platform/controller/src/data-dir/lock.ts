import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { PlatformError } from '@mainstay/kernel';
import { controllerReasons } from '../errors.ts';
import { isSameProcess, processStart } from '../process-identity.ts';

interface Owner {
  readonly pid: number;
  readonly startedAt: string;
}

/** A held lock; disposing gives it back. */
export interface DataDirLock extends Disposable {
  readonly path: string;
}

/**
 * Takes the lock of a data directory for this process.
 *
 * The file names pid and start of its owner; one left by a process that is gone is taken over. It is made whole under
 * another name and linked into place, so that nobody reads half of it, and of several takers one wins.
 *
 * @throws {@link PlatformError} `FLEET_ALREADY_RUNNING` with the pid of the owner.
 */
export function takeLock(path: string): DataDirLock {
  const mine: Owner = { pid: process.pid, startedAt: processStart(process.pid) ?? '' };
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(mine), { mode: 0o600 });
  try {
    while (!linked(draft, path)) {
      const owner = readOwner(path);
      if (owner !== undefined && isSameProcess(owner.pid, owner.startedAt)) throw alreadyRunning(path, owner.pid);
      removeStale(path, owner);
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return {
    path,
    [Symbol.dispose]() {
      if (readOwner(path)?.pid === process.pid) rmSync(path, { force: true });
    },
  };
}

/** Pid of the running owner of a lock, or undefined when nobody holds it. */
export function lockOwner(path: string): number | undefined {
  const owner = readOwner(path);
  return owner !== undefined && isSameProcess(owner.pid, owner.startedAt) ? owner.pid : undefined;
}

function linked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves a stale lock aside; when another taker's new lock was moved instead, it is put back. */
function removeStale(path: string, stale: Owner | undefined): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = readOwner(aside);
  if (moved !== undefined && moved.pid !== stale?.pid && isSameProcess(moved.pid, moved.startedAt)) linked(aside, path);
  rmSync(aside, { force: true });
}

function readOwner(path: string): Owner | undefined {
  try {
    const owner = JSON.parse(readFileSync(path, 'utf8')) as Partial<Owner>;
    return typeof owner.pid === 'number' && typeof owner.startedAt === 'string' ? (owner as Owner) : undefined;
  } catch {
    // Missing or no lock of ours: nobody that could be asked holds it.
    return undefined;
  }
}

function alreadyRunning(path: string, pid: number): PlatformError {
  const directory = path.slice(0, path.lastIndexOf('/'));
  return new PlatformError(
    controllerReasons.FLEET_ALREADY_RUNNING,
    `a fleet is already running on ${directory} with pid ${pid}; stop it with \`mainstay down\`, or choose another --data and --port-offset`,
    { metadata: { pid: String(pid) } },
  );
}
