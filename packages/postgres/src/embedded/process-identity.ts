import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { platform } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Tells one run of a process from a later one that got the same number.
 *
 * @returns undefined when no such process runs; a zombie counts as not running.
 */
export async function processStart(pid: number): Promise<string | undefined> {
  if (platform() !== 'linux') return processStartByPs(pid);
  const [stat, boot] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => ''),
  ]);
  if (stat === undefined) return undefined;
  // The second field is the command in parentheses and may hold spaces; the state is the third, the start time the 22nd.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : `${boot.trim()}/${fields[19]}`;
}

async function processStartByPs(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)]);
    return stdout.trim() || undefined;
  } catch {
    // ps exits with 1 when there is no such process.
    return undefined;
  }
}

/** Tells whether a running process is a PostgreSQL server of this cluster folder: such a process always has it as its working folder. */
export async function isServerOf(pid: number, cluster: string): Promise<boolean> {
  if ((await processStart(pid)) === undefined) return false;
  if (platform() === 'linux') {
    const [folder, program] = await Promise.all([
      readlink(`/proc/${pid}/cwd`).catch(() => undefined),
      readFile(`/proc/${pid}/comm`, 'utf8').catch(() => ''),
    ]);
    return folder === cluster && program.trim() === 'postgres';
  }
  try {
    const { stdout } = await run('ps', ['-o', 'command=', '-p', String(pid)]);
    return stdout.includes('postgres') && stdout.includes(cluster);
  } catch {
    // The process ended in between.
    return false;
  }
}

/**
 * Finds all processes of servers of this cluster folder, the children of a server too.
 *
 * @returns empty on systems without `/proc`.
 */
export async function serverProcessesOf(cluster: string): Promise<readonly number[]> {
  const entries = await readdir('/proc').catch(() => []);
  const pids = entries.filter((entry) => /^[0-9]+$/.test(entry)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => ((await isServerOf(pid, cluster)) ? [pid] : [])));
  return found.flat();
}
