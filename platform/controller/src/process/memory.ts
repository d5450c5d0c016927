import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * Memory of processes and all their children, in bytes, by the pid asked for; this process counts without children.
 *
 * On Linux this is the proportional share (PSS): memory that several processes share is counted once over all of
 * them, so that the sum is what the machine gives. Elsewhere, and without the right to see it, it is the resident size.
 *
 * Cost: one pass over `/proc` and about 1 ms for each process that belongs to the fleet.
 */
export async function memoryOf(pids: readonly number[]): Promise<Map<number, number>> {
  const children = process.platform === 'linux' ? await childrenByParent() : new Map<number, number[]>();
  const sums = await Promise.all(
    pids.map(async (pid) => {
      const bytes = await Promise.all((pid === process.pid ? [pid] : withDescendants(pid, children)).map(memoryOfOne));
      return [pid, bytes.reduce((sum, one) => sum + one, 0)] as const;
    }),
  );
  return new Map(sums);
}

function withDescendants(pid: number, children: ReadonlyMap<number, number[]>): number[] {
  return [pid, ...(children.get(pid) ?? []).flatMap((child) => withDescendants(child, children))];
}

async function childrenByParent(): Promise<Map<number, number[]>> {
  const children = new Map<number, number[]>();
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      if (parent > 0) children.set(parent, [...(children.get(parent) ?? []), Number(pid)]);
    }),
  );
  return children;
}

async function memoryOfOne(pid: number): Promise<number> {
  if (process.platform !== 'linux') return residentByPs(pid);
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  const share = /^Pss:\s+(\d+) kB/m.exec(rollup)?.[1];
  if (share !== undefined) return Number(share) * 1_024;
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1_024;
}

async function residentByPs(pid: number): Promise<number> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
    return Number(stdout.trim()) * 1_024;
  } catch {
    // Gone meanwhile: it uses nothing.
    return 0;
  }
}
