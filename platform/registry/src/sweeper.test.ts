import { silentLogger } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { type Entry, stateOf } from './domain/entry.ts';
import { InstanceTable } from './domain/instance-table.ts';
import { startSweeper } from './sweeper.ts';

function setUp(probe: (entry: Entry, signal: AbortSignal) => Promise<boolean>) {
  const clock = new FakeClock();
  const timings = { heartbeatIntervalMs: 2_000, suspectAfterMissedCount: 2, drainAfterMissedCount: 3 };
  const table = new InstanceTable({
    clock,
    timings: { ...timings, removeGraceMs: 30_000 },
    maxInstanceCount: 10,
    onChange: () => undefined,
  });
  const sweeper = startSweeper({ table, clock, logger: silentLogger, intervalMs: 500, probe });
  const register = (id: string) =>
    table.register({
      service: 'orders',
      id,
      address: 'h:1',
      managementUrl: '',
      metadata: {},
      reported: 'healthy',
      load: 0,
    });
  return { clock, table, sweeper, register };
}

test('an instance that dies leaves routing after 6 s and the table after 36 s', async () => {
  const { clock, table, sweeper, register } = setUp(async () => false);
  await using _ = sweeper;
  register('a');

  await clock.advance(5_999);
  expect(table.lookup('orders')).toHaveLength(1);
  await clock.advance(1);
  expect(table.lookup('orders')).toHaveLength(0);
  await clock.advance(29_999);
  expect(table.size).toBe(1);
  await clock.advance(1);
  expect(table.size).toBe(0);
});

test('a probe that never answers delays neither the removal of others nor their heartbeats', async () => {
  const { clock, table, sweeper, register } = setUp((entry, signal) => {
    if (entry.id !== 'hangs') return Promise.resolve(false);
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(false)));
  });
  await using _ = sweeper;
  register('hangs');
  register('dead');
  await clock.advance(36_000);

  expect(table.list().map((entry) => entry.id)).toEqual(['hangs']);
  register('new');
  expect(table.lookup('orders').map((entry) => entry.id)).toEqual(['new']);
});

test('an instance whose process answers the probe stays known', async () => {
  const { clock, table, sweeper, register } = setUp(async () => true);
  await using _ = sweeper;
  register('a');

  await clock.advance(36_000);

  expect(table.list().map(stateOf)).toEqual(['suspect']);
});

test('a registry that stood still for 3 minutes holds none of them against the instances', async () => {
  const { clock, table, sweeper, register } = setUp(async () => false);
  await using _ = sweeper;
  register('a');

  // The timers of a stopped process fire once, late: as if the monotonic clock had leapt between two of them.
  const before = clock.monotonicMs.bind(clock);
  clock.monotonicMs = () => before() + 180_000;
  await clock.advance(500);

  expect(table.list().map(stateOf)).toEqual(['healthy']);
  await clock.advance(6_000);
  expect(table.list().map(stateOf)).toEqual(['draining']);
});

test('disposing ends the sweeps and the probes under way', async () => {
  const { clock, table, sweeper, register } = setUp(
    (_entry, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(false))),
  );
  register('a');
  await clock.advance(36_000);

  await sweeper[Symbol.asyncDispose]();

  expect(clock.pendingCount).toBe(0);
  expect(table.size).toBe(1);
});
