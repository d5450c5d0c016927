import { openChild } from '../../harness/child.ts';
import { type BenchPostgres, openPostgres } from '../../harness/embedded-postgres.ts';
import type { Suite } from '../../harness/suite.ts';

const counts: Readonly<Record<string, number>> = { '10,000 waiting': 10_000, 'none waiting': 0 };
let postgres: BenchPostgres | undefined;

/** What sagas cost that wait for an event or a time: memory of the process, and what it asks the database meanwhile. */
export const suite: Suite = {
  about:
    '10,000 sagas of one engine, half of them waiting for an event and half for an hour to pass, beside an idle engine',
  contenders: [
    { name: '10,000 waiting', kind: 'ours' },
    { name: 'none waiting', kind: 'limit' },
  ],
  metrics: [
    { name: 'memoryMiB', title: 'memory MiB' },
    { name: 'commitsPerSecond', title: 'commits/s' },
    { name: 'cpuMilliseconds', title: 'CPU ms/s' },
  ],
  better: 'less',
  beside: ['none waiting'],
  targets: [
    { ours: '10,000 waiting', above: 'none waiting', metric: 'memoryMiB', atMost: 100, unit: 'MiB' },
    { ours: '10,000 waiting', above: 'none waiting', metric: 'commitsPerSecond', atMost: 1, unit: 'commits/s' },
  ],
  packages: ['embedded-postgres'],
  async open() {
    postgres = await openPostgres();
    return postgres;
  },
  async measure({ name }, effort) {
    const url = await postgres?.database('bench_waiting');
    await using child = await openChild(new URL('process.ts', import.meta.url), { url, count: counts[name] ?? 0 });
    await child.call('rest', effort.warmUpMs);
    const before = await postgres?.counters();
    const cpuBefore = await child.cpuMicroseconds();
    await child.call('rest', effort.runMs);
    const cpuAfter = await child.cpuMicroseconds();
    const after = await postgres?.counters();
    const memoryMiB = (await child.memoryBytes()) / 2 ** 20;
    await child.call('close');
    const seconds = effort.runMs / 1_000;
    return {
      waiting: {
        memoryMiB,
        commitsPerSecond: ((after?.commits ?? 0) - (before?.commits ?? 0)) / seconds,
        cpuMilliseconds: (cpuAfter - cpuBefore) / 1_000 / seconds,
      },
    };
  },
};
