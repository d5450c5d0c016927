import { openChild } from '../../harness/child.ts';
import { type BenchPostgres, openPostgres } from '../../harness/embedded-postgres.ts';
import type { Suite } from '../../harness/suite.ts';

let postgres: BenchPostgres | undefined;

/** Events from the commit of one service to the effect in another: how many, and how soon. */
export const suite: Suite = {
  about:
    'outbox, relay, bus and consumer over three databases of one embedded PostgreSQL, fsync and synchronous_commit on',
  contenders: [
    { name: 'mainstay', kind: 'ours' },
    { name: 'mainstay, event by event', kind: 'ours' },
    { name: 'rows moved by hand', kind: 'limit' },
  ],
  metrics: [
    { name: 'microseconds', title: 'µs each' },
    { name: 'p50Ms', title: 'p50 ms' },
    { name: 'p99Ms', title: 'p99 ms' },
    { name: 'cpuMicroseconds', title: 'CPU µs each' },
  ],
  better: 'less',
  beside: ['rows moved by hand'],
  targets: [
    { ours: 'mainstay', in: 'relay of 20,000 waiting', metric: 'microseconds', atMost: 100, unit: 'µs' },
    { ours: 'mainstay', in: 'commit to consumer at 1,000/s', metric: 'p99Ms', atMost: 25, unit: 'ms' },
  ],
  packages: ['pg', 'embedded-postgres'],
  async open() {
    postgres = await openPostgres();
    return postgres;
  },
  async measure({ name }, effort) {
    const [service, bus, consumer] = await Promise.all(
      ['events_service', 'events_bus', 'events_consumer'].map((database) => postgres!.database(database)),
    );
    await using child = await openChild(new URL('process.ts', import.meta.url), { name, service, bus, consumer });
    return await child.call('measure', effort);
  },
};
