import { openChild } from '../../harness/child.ts';
import { type BenchPostgres, openPostgres } from '../../harness/embedded-postgres.ts';
import type { Suite } from '../../harness/suite.ts';

let postgres: BenchPostgres | undefined;

/** What our transactions and idempotency keys add to what PostgreSQL takes. */
export const suite: Suite = {
  about: 'one transaction at a time on one connection to an embedded PostgreSQL, fsync and synchronous_commit on',
  contenders: [
    { name: 'mainstay transaction', kind: 'ours' },
    { name: 'mainstay keyed write', kind: 'ours' },
    { name: 'BEGIN and COMMIT by hand', kind: 'limit' },
  ],
  metrics: [
    { name: 'microseconds', title: 'µs each' },
    { name: 'p99Ms', title: 'p99 ms' },
    { name: 'cpuMicroseconds', title: 'CPU µs each' },
  ],
  better: 'less',
  beside: ['BEGIN and COMMIT by hand', 'mainstay transaction'],
  targets: [
    {
      ours: 'mainstay transaction',
      above: 'BEGIN and COMMIT by hand',
      in: 'SELECT 1',
      metric: 'microseconds',
      atMost: 15,
      unit: 'µs',
    },
    {
      ours: 'mainstay keyed write',
      other: 'mainstay transaction',
      in: 'one INSERT',
      metric: 'microseconds',
      better: 'less',
      atLeast: 1 / 1.3,
    },
  ],
  packages: ['pg', 'embedded-postgres'],
  async open() {
    postgres = await openPostgres();
    return postgres;
  },
  async measure({ name }, effort) {
    const url = await postgres?.database('sql');
    await using child = await openChild(new URL('process.ts', import.meta.url), { name, url });
    return await child.call('measure', effort);
  },
};
