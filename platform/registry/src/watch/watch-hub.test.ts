import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { InstanceTable } from '../domain/instance-table.ts';
import { WatchHub, type WatchUpdate } from './watch-hub.ts';

function setUp({ maxWatcherCount = 10, settleMs = 0 } = {}) {
  const clock = new FakeClock();
  const timings = { heartbeatIntervalMs: 15_000, suspectAfterMissedCount: 2, drainAfterMissedCount: 3 };
  const table: InstanceTable = new InstanceTable({
    clock,
    timings: { ...timings, removeGraceMs: 30_000 },
    maxInstanceCount: 1_000,
    onChange: (change) => hub.changed(change.service),
  });
  const hub: WatchHub = new WatchHub({ table, clock, repeatMs: 15_000, settleMs, maxWatcherCount });
  const register = (service: string, id: string) =>
    table.register({ service, id, address: 'h:1', managementUrl: '', metadata: {}, reported: 'healthy', load: 0 });
  return { clock, table, hub, register, stop: new AbortController() };
}

const shown = (update: WatchUpdate | undefined | void): unknown =>
  update && [update.service, update.instances.map((entry) => entry.id), update.synced];

async function take(watch: AsyncGenerator<WatchUpdate, void>, count: number): Promise<unknown[]> {
  const taken: unknown[] = [];
  for (let i = 0; i < count; i++) taken.push(shown((await watch.next()).value));
  return taken;
}

test('starts with the full picture, its last update marked, then tells each change', async () => {
  const { hub, register, table, stop } = setUp();
  register('orders', 'a');
  register('users', 'b');
  const watch = hub.watch([], stop.signal);

  expect(await take(watch, 2)).toEqual([
    ['orders', ['a'], false],
    ['users', ['b'], true],
  ]);
  register('orders', 'c');
  expect(await take(watch, 1)).toEqual([['orders', ['a', 'c'], false]]);
  table.deregister('users', 'b');
  expect(await take(watch, 1)).toEqual([['users', [], false]]);
});

test('an empty registry is a complete picture too', async () => {
  const { hub, stop } = setUp();

  expect(await take(hub.watch([], stop.signal), 1)).toEqual([['', [], true]]);
});

test('a watcher of two services is told of both, known or not, and of nothing else', async () => {
  const { hub, register, stop } = setUp();
  const watch = hub.watch(['orders', 'payments'], stop.signal);

  expect(await take(watch, 2)).toEqual([
    ['orders', [], false],
    ['payments', [], true],
  ]);
  register('users', 'x');
  register('payments', 'p');
  expect(await take(watch, 1)).toEqual([['payments', ['p'], false]]);
});

test('a watcher that does not read for 10,000 changes finds one update per service', async () => {
  const { hub, table, register, stop } = setUp();
  const watch = hub.watch([], stop.signal);
  await take(watch, 1);

  for (let i = 0; i < 5_000; i++) {
    register('orders', 'a');
    table.deregister('orders', 'a');
  }
  register('users', 'b');

  expect(await take(watch, 2)).toEqual([
    ['orders', [], false],
    ['users', ['b'], false],
  ]);
});

test('without a change the whole picture is repeated after 15 s', async () => {
  const { hub, register, clock, stop } = setUp();
  register('orders', 'a');
  const watch = hub.watch([], stop.signal);
  await take(watch, 1);

  const next = take(watch, 1);
  await clock.advance(15_000);

  expect(await next).toEqual([['orders', ['a'], true]]);
});

test('ends and forgets the watcher when the signal aborts, also while it waits', async () => {
  const { hub, clock, stop } = setUp();
  const watch = hub.watch([], stop.signal);
  await take(watch, 1);
  expect(hub.watcherCount).toBe(1);

  const next = watch.next();
  stop.abort();

  expect((await next).done).toBe(true);
  expect(hub.watcherCount).toBe(0);
  expect(clock.pendingCount).toBe(0);
});

test('forgets a watcher that returns early', async () => {
  const { hub, stop } = setUp();
  const watch = hub.watch([], stop.signal);
  await take(watch, 1);

  await watch.return();

  expect(hub.watcherCount).toBe(0);
});

test('the third watcher of two is refused', async () => {
  const { hub, stop } = setUp({ maxWatcherCount: 2 });
  await take(hub.watch([], stop.signal), 1);
  await take(hub.watch([], stop.signal), 1);

  await expect(hub.watch([], stop.signal).next()).rejects.toMatchObject({ reason: 'REGISTRY_FULL' });
});

test('for 3 s after an empty start it tells what it knows but calls no picture complete', async () => {
  const { hub, register, clock, stop } = setUp({ settleMs: 3_000 });
  register('orders', 'a');
  const watch = hub.watch(['orders', 'users'], stop.signal);

  expect(await take(watch, 1)).toEqual([['orders', ['a'], false]]);
  const next = take(watch, 2);
  await clock.advance(2_999);
  register('orders', 'b');
  await clock.advance(1);

  expect(await next).toEqual([
    ['orders', ['a', 'b'], false],
    ['orders', ['a', 'b'], false],
  ]);
  expect(await take(watch, 1)).toEqual([['users', [], true]]);
});

test('a watcher that reads its first update after the 3 s is told at once that the picture is complete', async () => {
  const { hub, register, clock, stop } = setUp({ settleMs: 3_000 });
  register('orders', 'a');
  const watch = hub.watch([], stop.signal);
  expect(await take(watch, 1)).toEqual([['orders', ['a'], false]]);

  await clock.advance(3_001);
  register('orders', 'b');
  const next = take(watch, 1);
  await clock.advance(0);

  expect(await next).toEqual([['orders', ['a', 'b'], true]]);
});
