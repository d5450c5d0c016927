import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Logger, systemClock } from '@mainstay/kernel';
import { isServerOf, processStart, serverProcessesOf } from './process-identity.ts';

/** Number of the server process that a cluster folder names; undefined without one. */
export async function serverPid(cluster: string): Promise<number | undefined> {
  const first = (await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0] ?? '';
  const pid = Number(first);
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}

/**
 * Makes a cluster folder free for a new server: stops one that outlived its owner, ends the children of one that was killed, and removes
 * the lock file of one that is dead when its number belongs to another program now.
 *
 * Only call as owner of the data folder.
 */
export async function stopOrphan(cluster: string, logger: Logger): Promise<void> {
  const pid = await serverPid(cluster);
  if (pid === undefined) return;
  if (await isServerOf(pid, cluster)) {
    logger.info('stopping the PostgreSQL server that an earlier run left behind', { pid });
    await stopServer(pid);
  }
  await endChildren(cluster);
  // PostgreSQL would take another program, or the zombie of its own server, for a living server and refuse to start.
  if (isTaken(pid)) await rm(join(cluster, 'postmaster.pid'), { force: true });
}

/** A child in a long statement does not notice that its server is dead, and keeps the memory that a new server must not meet. */
export async function endChildren(cluster: string): Promise<void> {
  for (const child of await serverProcessesOf(cluster)) {
    await endProcess(child, [{ signal: 'SIGKILL', limitMs: 5_000 }]);
  }
}

function isTaken(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

interface Attempt {
  readonly signal: NodeJS.Signals;
  readonly limitMs: number;
}

/** Stops a server: politely (fast shutdown), after 20 s without waiting for its disk (immediate), after 5 more by force. */
export async function stopServer(pid: number): Promise<void> {
  await endProcess(pid, [
    { signal: 'SIGINT', limitMs: 20_000 },
    { signal: 'SIGQUIT', limitMs: 5_000 },
    { signal: 'SIGKILL', limitMs: 5_000 },
  ]);
}

async function endProcess(pid: number, attempts: readonly Attempt[]): Promise<void> {
  const start = await processStart(pid);
  if (start === undefined) return;
  for (const { signal, limitMs } of attempts) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
      throw error;
    }
    if (await hasEnded(pid, { start, limitMs })) return;
  }
}

async function hasEnded(pid: number, options: { readonly start: string; readonly limitMs: number }): Promise<boolean> {
  const untilMs = systemClock.monotonicMs() + options.limitMs;
  while (systemClock.monotonicMs() < untilMs) {
    if ((await processStart(pid)) !== options.start) return true;
    // A plain timer, because the wait itself must keep the process alive.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}
