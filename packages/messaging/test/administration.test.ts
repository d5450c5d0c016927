import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  findDeadLetter,
  listConsumerPositions,
  listDeadLetters,
  listInboxActions,
  listOverdueEvents,
  replayDeadLetter,
  rewindConsumer,
} from '../src/index.ts';
import { empty, type PostgresSurroundings, place, surroundings } from './harness.ts';

let world: PostgresSurroundings;
beforeAll(async () => {
  world = await surroundings();
});
beforeEach(() => empty(world));
afterAll(() => world[Symbol.asyncDispose]());

/** Puts dead letters on the list, all of one instant but for their microseconds. */
async function bury(count: number): Promise<void> {
  await world.service.database.query(
    `insert into inbox_parked (consumer, source, position, id, type, subject, time, data, state, died_at)
     select 'notes', 'orders', n, gen_random_uuid(), 'orders.v1.OrderPlaced', 'order-' || n % 2, now(), '', 'dead',
       timestamptz '2026-01-01 00:00:00Z' + n / 2 * interval '1 microsecond'
     from generate_series(1, $1) as n`,
    [count],
  );
}

test('pages of 2 show 5 dead letters of one millisecond once each, newest first', async () => {
  const { database } = world.service;
  await bury(5);
  const seen: bigint[] = [];
  for (let before: string | undefined; seen.length < 5; ) {
    const page = await listDeadLetters(database, { limit: 2, ...(before !== undefined && { before }) });
    seen.push(...page.map(({ position }) => position));
    before = page.at(-1)?.cursor;
  }
  expect(seen).toEqual([5n, 4n, 3n, 2n, 1n]);
  await expect(listDeadLetters(database, { before: 'nonsense' })).rejects.toMatchObject({ reason: 'OPTION_INVALID' });
});

test('dead letters are found by subject, age and place', async () => {
  const { database } = world.service;
  await bury(2);
  expect(await listDeadLetters(database, { subject: 'order-1' })).toMatchObject([{ position: 1n }]);
  expect(await listDeadLetters(database, { minAgeMs: 365 * 86_400_000 * 100 })).toEqual([]);
  const key = { consumer: 'notes', source: 'orders' };
  expect(await findDeadLetter(database, { ...key, position: 2n })).toMatchObject({ subject: 'order-0' });
  expect(await findDeadLetter(database, { ...key, position: 3n })).toBeUndefined();
});

test('a consumer shows how far it has come and what waits for a person; what people did is listed newest first', async () => {
  const { database } = world.service;
  await rewindConsumer(database, {
    consumer: 'notes',
    source: 'orders',
    position: 7n,
    actor: 'ada',
    why: 'begin anew',
  });
  await bury(2);
  expect(await listConsumerPositions(database)).toEqual([
    { consumer: 'notes', source: 'orders', position: 7n, waitingCount: 0, deadLetterCount: 2 },
  ]);

  await replayDeadLetter(database, { consumer: 'notes', source: 'orders', position: 1n, actor: 'bob', why: 'mended' });
  expect(await listConsumerPositions(database)).toMatchObject([{ waitingCount: 1, deadLetterCount: 1 }]);
  expect(await listInboxActions(database, 10)).toMatchObject([
    { action: 'replay', actor: 'bob', why: 'mended', position: 1n },
    { action: 'rewind', actor: 'ada', why: 'begin anew', position: 7n },
  ]);
});

test('events that wait in the outbox for longer than asked are listed, the oldest first', async () => {
  const { database } = world.service;
  await place(world, 'old', 'new');
  await database.query(`update outbox set time = now() - interval '2 minutes' where subject = 'old'`);
  const overdue = await listOverdueEvents(database, { olderThanMs: 60_000, limit: 10 });
  expect(overdue).toMatchObject([{ subject: 'old', type: 'orders.v1.OrderPlaced' }]);
  expect(await listOverdueEvents(database, { olderThanMs: 0, subject: 'new', limit: 10 })).toHaveLength(1);
});
