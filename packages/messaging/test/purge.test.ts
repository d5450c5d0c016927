import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { purgeBus, purgeInbox, purgeOutbox } from '../src/index.ts';
import { empty, onBus, type PostgresSurroundings, place, publishWaiting, surroundings } from './harness.ts';

let world: PostgresSurroundings;
beforeAll(async () => {
  world = await surroundings();
});
beforeEach(() => empty(world));
afterAll(() => world[Symbol.asyncDispose]());

const keptMs = 60_000;
const old = `now() - interval '61 seconds'`;

test('an outbox loses the 5 events that the bus had for over a minute, in batches of 3, and none that waits', async () => {
  await place(world, 'a', 'b', 'c', 'd', 'e', 'young', 'waiting');
  const { database } = world.service;
  await database.query(`update outbox set relayed_at = ${old} where sequence <= 5`);
  await database.query('update outbox set relayed_at = now() where sequence = 6');

  const removed = [];
  for (let i = 0; i < 3; i++) removed.push(await purgeOutbox(database, { keptMs, limit: 3 }));
  expect(removed).toEqual([3, 2, 0]);
  const { rows } = await database.query<{ subject: string }>('select subject from outbox order by sequence');
  expect(rows.map(({ subject }) => subject)).toEqual(['young', 'waiting']);
});

test('a bus loses its 2 old events and gives no position twice afterwards', async () => {
  await place(world, 'a', 'b', 'young');
  await publishWaiting(world);
  const { database } = world.busDatabase;
  await database.query(`update bus_events set published_at = ${old} where position <= 2`);

  expect(await purgeBus(database, { keptMs })).toBe(2);
  await place(world, 'new');
  await publishWaiting(world);
  expect(await onBus(world)).toEqual(['young', 'new']);
  expect(await world.bus.newest('orders')).toBe(4n);
});

test('an inbox forgets what it received over a minute ago, in batches of 2', async () => {
  const { database } = world.service;
  await database.query(`insert into inbox_cursors (consumer, source, position) values ('notes', 'orders', 5)`);
  await database.query(
    `insert into inbox_events (consumer, source, id, position, seen_at)
     select 'notes', 'orders', gen_random_uuid(), n, case when n <= 3 then ${old} else now() end from generate_series(1, 5) as n`,
  );

  const forgotten = [];
  for (let i = 0; i < 3; i++) forgotten.push(await purgeInbox(database, { keptMs, limit: 2 }));
  expect(forgotten).toEqual([2, 1, 0]);
});
