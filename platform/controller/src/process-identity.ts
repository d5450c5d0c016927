import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * When a process began, as the kernel tells it; with the pid it names one process for ever, since pids come back.
 *
 * @returns undefined when there is no such process.
 */
export function processStart(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The second field is the command in brackets and may hold spaces; fields are counted behind it.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' ? undefined : fields[19];
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    // Both ways fail only when the process is not there.
    return undefined;
  }
}

/** Whether the process that began then still runs. */
export function isSameProcess(pid: number, startedAt: string | undefined): boolean {
  return startedAt !== undefined && processStart(pid) === startedAt;
}
