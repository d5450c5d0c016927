import { type Child, openChild } from '../../harness/child.ts';
import type { LoopFigures } from '../../harness/closed-loop.ts';
import { type BenchPostgres, openPostgres } from '../../harness/embedded-postgres.ts';
import type { Contender, Effort, Figures, Suite } from '../../harness/suite.ts';

const cases = { '64 in flight': 64, '1 in flight': 1 };
const perSecond = { metric: 'perSecond', better: 'more' } as const;

let postgres: BenchPostgres | undefined;

/** Five durable steps, ours beside others, on one PostgreSQL that writes through to the disk. */
export const suite: Suite = {
  about:
    'five trivial durable steps on one embedded PostgreSQL, fsync and synchronous_commit on; Restate on its own server',
  contenders: [
    { name: 'mainstay-saga', kind: 'ours' },
    { name: 'dbos', kind: 'peer' },
    // Keeps its own log on the same disk; commits, syncs and WAL are those of PostgreSQL only.
    { name: 'restate', kind: 'peer' },
    { name: 'seven statements by hand', kind: 'limit' },
  ],
  metrics: [
    { name: 'perSecond', title: 'sagas/s' },
    { name: 'p50Ms', title: 'p50 ms' },
    { name: 'p99Ms', title: 'p99 ms' },
    { name: 'commits', title: 'commits each' },
    { name: 'syncs', title: 'WAL syncs each' },
    { name: 'walBytes', title: 'WAL bytes each' },
    { name: 'cpuMicroseconds', title: 'CPU µs each' },
    { name: 'errors', title: 'errors' },
  ],
  better: 'more',
  beside: ['dbos', 'restate', 'seven statements by hand'],
  targets: [
    { ours: 'mainstay-saga', other: 'dbos', in: '64 in flight', ...perSecond, atLeast: 12 },
    { ours: 'mainstay-saga', other: 'seven statements by hand', in: '64 in flight', ...perSecond, atLeast: 1.5 },
    { ours: 'mainstay-saga', other: 'dbos', in: '1 in flight', ...perSecond, atLeast: 3 },
    { ours: 'mainstay-saga', other: 'dbos', in: '1 in flight', metric: 'p99Ms', better: 'less', atLeast: 1 },
  ],
  packages: ['@dbos-inc/dbos-sdk', '@restatedev/restate-sdk', '@restatedev/restate-server', 'pg', 'embedded-postgres'],
  open,
  measure,
};

async function open(): Promise<AsyncDisposable> {
  postgres = await openPostgres();
  // Schemas are made now, so that no migration falls into a measured run.
  for (const { name } of suite.contenders) {
    await using child = await openContender(name, 1);
    await child.call('load', { runMs: 100, inFlight: 1 });
    await child.call('close');
  }
  return postgres;
}

async function measure({ name }: Contender, effort: Effort): Promise<Record<string, Figures>> {
  const results: Record<string, Figures> = {};
  for (const [title, inFlight] of Object.entries(cases)) {
    const before = await postgres?.counters();
    const { warm, figures, cpuMicroseconds } = await load(name, inFlight, effort);
    const after = await postgres?.counters();
    if (before === undefined || after === undefined) throw new Error('the suite is not open');
    const all = warm.calls + figures.calls;
    results[title] = {
      ...figures,
      cpuMicroseconds,
      commits: (after.commits - before.commits) / all,
      syncs: (after.syncs - before.syncs) / all,
      walBytes: (after.walBytes - before.walBytes) / all,
    };
  }
  return results;
}

async function load(name: string, inFlight: number, effort: Effort) {
  await using child = await openContender(name, inFlight);
  const warm = await child.call<LoopFigures>('load', { runMs: effort.warmUpMs, inFlight });
  const cpuBefore = await child.cpuMicroseconds();
  const figures = await child.call<LoopFigures>('load', { runMs: effort.runMs, inFlight });
  const cpuMicroseconds = ((await child.cpuMicroseconds()) - cpuBefore) / figures.calls;
  await child.call('close');
  return { warm, figures, cpuMicroseconds };
}

async function openContender(name: string, inFlight: number): Promise<Child> {
  const url = await postgres?.database(`bench_${name.replaceAll(/\W/g, '_')}`);
  return await openChild(new URL('process.ts', import.meta.url), { name, url, inFlight });
}
