import { once } from 'node:events';
import { OrderPlacedSchema } from '@mainstay/contracts/orders/v1/events';
import type { LeaseKeeper } from '@mainstay/kernel';
import { createBell, runMigrations, startListener } from '@mainstay/postgres';
import { FakeClock } from '@mainstay/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProjections, eventStoreMigrations, startRelay, tell, type Wakes } from '../src/index.ts';
import { placedOrders, store } from './fixtures/effects.ts';
import { leasesAt, onBus, type PostgresSurroundings, place, surroundings, until } from './harness.ts';

let world: PostgresSurroundings;
beforeAll(async () => {
  world = await surroundings();
  await runMigrations({ database: world.service.database, directory: eventStoreMigrations });
  await world.service.database.query('create table placed_orders (order_id text primary key)');
});
afterAll(() => world[Symbol.asyncDispose]());

/** Leases that another instance holds. */
const heldElsewhere: LeaseKeeper = {
  async run(_name, _work, signal) {
    if (!signal.aborted) await once(signal, 'abort');
  },
};

/** Wakes over PostgreSQL, as two instances of a service have them. */
async function openWakes(parts: AsyncDisposableStack): Promise<Wakes> {
  const { database, url } = world.service;
  const listener = parts.use(startListener({ url, name: 'wakes' }));
  const bell = createBell(database, 'test_wakes');
  const wakes = {
    ring: () => bell.ring(''),
    onRing: (callback: () => void) => listener.on('test_wakes', callback),
  };
  const listening = Promise.withResolvers<void>();
  parts.defer(wakes.onRing(listening.resolve));
  await listening.promise;
  return wakes;
}

/** Waits until the work that has this clock rests; its poll never comes. */
const rests = (clock: FakeClock) => until('the rest', async () => clock.pendingCount === 1);

test('an event told at an instance without the lease is relayed by the one that has it, which rests until its poll', async () => {
  await using parts = new AsyncDisposableStack();
  const wakes = await openWakes(parts);
  const clock = new FakeClock();
  const shared = { source: 'orders', database: world.service.database, bus: world.bus, wakes, clock };
  await using _working = startRelay({ ...shared, leases: leasesAt(1) });
  await using other = startRelay({ ...shared, leases: heldElsewhere });
  await rests(clock);

  await place(world, 'late');
  other.wake();
  await until('the event on the bus', async () => (await onBus(world)).length === 1);
});

test('an append at an instance without the lease is followed by the one that has it, which rests until its poll', async () => {
  const { database } = world.service;
  await using parts = new AsyncDisposableStack();
  const wakes = await openWakes(parts);
  const clock = new FakeClock();
  const working = createProjections({ database, store, following: [placedOrders] });
  const other = createProjections({ database, store, following: [placedOrders] });
  await using _working = working.follow({ leases: leasesAt(1), wakes, clock });
  await using _other = other.follow({ leases: heldElsewhere, wakes, clock });
  await rests(clock);

  await database.transaction(async (tx) => {
    const events = [tell(OrderPlacedSchema, { orderId: 'late' })];
    const stored = await store.append(tx, { stream: 'order:late', expectedVersion: 0n, events, actor: 'test' });
    await other.project(tx, stored);
  });
  await until('the projection', async () => (await working.list())[0]?.behindCount === 0);
  expect((await database.query('select order_id from placed_orders')).rows).toEqual([{ order_id: 'late' }]);
});
