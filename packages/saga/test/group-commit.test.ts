import type { StatementOptions } from '@mainstay/kernel';
import type { TestDatabase } from '@mainstay/postgres/testing';
import { withFault } from '@mainstay/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defineSaga, newSagaId, type SagaDefinition, type SagaEngineOptions } from '../src/index.ts';
import { engineAt, notesOf, sagaDatabase, startMs, startTrip, until } from './harness.ts';
import { type TripState, tripSaga, World } from './trip.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await sagaDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

/** Two steps without local writes; the first returns what it is told to. */
function plainSaga(name: string, first: (subject: string) => Partial<TripState>): SagaDefinition<TripState> {
  return defineSaga<TripState>({
    name,
    steps: [
      { name: 'hold', run: async (_, { subject }) => first(subject), compensate: async () => undefined },
      { name: 'pay', run: async () => undefined },
    ],
  });
}

const beginMany = (engine: ReturnType<typeof engineAt>, saga: SagaDefinition<TripState>, count: number) =>
  Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const id = newSagaId();
      await engine.begin(saga, { id, subject: `o-${index}`, state: { orderId: `o-${index}`, card: null } });
      return id;
    }),
  );

const journalOf = async (id: string) =>
  (
    await db.database.query<{ sequence: number; epoch: number }>(
      'select sequence, epoch from saga_journal where saga_id = $1 order by sequence',
      [id],
    )
  ).rows;

/** The test's database, which tells of every statement that writes checkpoints once it was answered. */
function watched(onBatch: () => Promise<unknown> | void): SagaEngineOptions['database'] {
  return {
    ...db.database,
    async query<Row extends object>(text: string, values?: readonly unknown[], options?: StatementOptions) {
      const result = await db.database.query<Row>(text, values, options);
      if (options?.prepareAs?.startsWith('mainstay-saga-batch') === true) await onBatch();
      return result;
    },
  };
}

test('100 sagas of two steps are written in at most 20 statements, and each journal is whole', async () => {
  const saga = plainSaga('many', () => ({}));
  let batches = 0;
  await using engine = engineAt(db, saga, { database: watched(() => void (batches += 1)) });
  const ids = await beginMany(engine, saga, 100);
  for (const id of ids) expect(await engine.result(id, { waitMs: 1_000 })).toMatchObject({ status: 'completed' });

  expect(batches).toBeLessThanOrEqual(20);
  for (const id of ids) expect((await journalOf(id)).map(({ sequence }) => sequence)).toEqual([1, 2]);
});

test('a saga that is begun twice runs once, and the second call is told', async () => {
  const world = new World();
  const saga = tripSaga(world);
  await using engine = engineAt(db, saga);
  const input = { id: newSagaId(), subject: 'o', state: { orderId: 'o', card: null } };
  await engine.begin(saga, input);

  await expect(engine.begin(saga, input)).rejects.toMatchObject({ reason: 'SAGA_EXISTS' });
  await expect(db.database.transaction((tx) => engine.start(tx, saga, input))).rejects.toMatchObject({
    reason: 'SAGA_EXISTS',
  });
  expect(await engine.result(input.id, { waitMs: 1_000 })).toMatchObject({ status: 'completed' });
  expect(world.calls).toHaveLength(3);
});

test('one saga that another runner took is refused, and the 9 in the same statement are written', async () => {
  const gate = Promise.withResolvers<void>();
  let waiting = 0;
  const saga = defineSaga<TripState>({
    name: 'taken',
    steps: [
      {
        name: 'hold',
        async run() {
          waiting += 1;
          await gate.promise;
        },
      },
    ],
  });
  await using engine = engineAt(db, saga);
  const ids = await beginMany(engine, saga, 10);
  await until(() => waiting === 10);
  const [taken, ...others] = ids as [string, ...string[]];
  await db.database.query(`update sagas set epoch = epoch + 1, owner = 'another' where id = $1`, [taken]);
  await db.database.query(`insert into saga_runners values ('another', 'infinity')`);
  gate.resolve();

  for (const id of others) expect(await engine.result(id, { waitMs: 1_000 })).toMatchObject({ status: 'completed' });
  expect(await journalOf(taken)).toEqual([]);
  expect((await engine.read(taken))?.owner).toBe('another');
});

test('what PostgreSQL refuses fails its own saga, and none of the 7 others in the same statement', async () => {
  // The byte 0 is no text that PostgreSQL can hold.
  const saga = plainSaga('refused', () => ({}));
  await using engine = engineAt(db, saga);
  const inputs = Array.from({ length: 8 }, (_, index) => ({
    id: newSagaId(),
    subject: index === 3 ? 'o-\u0000' : `o-${index}`,
    state: { orderId: `o-${index}`, card: null },
  }));
  const begun = await Promise.allSettled(inputs.map((input) => engine.begin(saga, input)));

  expect(begun.map(({ status }) => status)).toEqual(inputs.map((_, index) => (index === 3 ? 'rejected' : 'fulfilled')));
  for (const [index, { id }] of inputs.entries()) {
    if (index !== 3) expect(await engine.result(id, { waitMs: 1_000 })).toMatchObject({ status: 'completed' });
  }
});

test('local writes of 12 sagas in one transaction: the one that is refused fails alone', async () => {
  const world = new World();
  const saga = defineSaga<TripState>({
    name: 'together',
    steps: [
      {
        name: 'hold',
        async run(_, context) {
          await world.call('run', 'hold', context);
          context.commit(async (tx) => {
            const note = context.subject === 'o-5' ? null : 'hold done';
            await tx.query('insert into notes (saga_id, note) values ($1, $2)', [context.sagaId, note]);
          });
        },
        compensate: (_, context) => world.call('undo', 'hold', context),
      },
    ],
  });
  await using engine = engineAt(db, saga);
  const ids = await beginMany(engine, saga, 12);
  const ends = await Promise.all(ids.map((id) => engine.result(id, { waitMs: 1_000 })));

  expect(ends.filter((end) => end?.status === 'completed')).toHaveLength(11);
  expect(ends[5]).toMatchObject({ status: 'compensated', reason: { reason: 'SAGA_LOCAL_WRITE_FAILED' } });
  for (const [index, id] of ids.entries()) expect(await notesOf(db, id)).toEqual(index === 5 ? [] : ['hold done']);
});

test('a checkpoint whose answer was lost is recognised by its sequence and epoch, and the call is not repeated', async () => {
  const world = new World();
  const saga = plainSaga('lost-answer', () => {
    world.calls.push('hold');
    return {};
  });
  let batches = 0;
  const cut = () => db.database.query('select pg_terminate_backend(pg_backend_pid())');
  // The first batch records the saga; the answers of the second and the third are lost.
  const database = watched(() => (++batches === 2 || batches === 3 ? cut() : undefined));
  await using engine = engineAt(db, saga, { database });
  const [id] = (await beginMany(engine, saga, 1)) as [string];
  await until(async () => {
    await engine.clock.advance(100);
    return (await engine.result(id, { waitMs: 0 })) !== undefined;
  });

  expect(batches).toBeGreaterThan(3);
  expect(world.calls).toEqual(['hold']);
  expect((await journalOf(id)).map(({ sequence, epoch }) => [sequence, epoch])).toEqual([
    [1, 1],
    [2, 1],
  ]);
});

test('a row that somebody has locked holds up neither the batch nor the saga for longer than the lock', async () => {
  const saga = plainSaga('locked', () => ({}));
  await using engine = engineAt(db, saga);
  using fault = withFault('saga.before-step:pay', { at: 1 });
  const [locked] = (await beginMany(engine, saga, 1)) as [string];
  await fault.reached;

  await db.database.transaction(async (tx) => {
    await tx.query('select 1 from sagas where id = $1 for update', [locked]);
    fault.release();
    const [other] = (await beginMany(engine, saga, 1)) as [string];
    expect(await engine.result(other, { waitMs: 1_000 })).toMatchObject({ status: 'completed' });
    expect(await engine.result(locked, { waitMs: 0 })).toBeUndefined();
  });
  expect(await engine.result(locked, { waitMs: 1_000 })).toMatchObject({ status: 'completed' });
});

test('a saga woken before its transaction has committed begins when the poll sees it', async () => {
  const world = new World();
  const saga = tripSaga(world);
  await using engine = engineAt(db, saga);
  const id = newSagaId();
  await db.database.transaction(async (tx) => {
    await engine.start(tx, saga, { id, subject: 'o', state: { orderId: 'o', card: null } });
    engine.wake(id);
    await tx.query('select 1');
    expect(world.calls).toEqual([]);
  });
  await until(async () => {
    if (world.calls.length === 0) await engine.clock.advance(500);
    return (await engine.result(id, { waitMs: 0 })) !== undefined;
  });
  expect(world.calls).toHaveLength(3);
  expect(engine.clock.nowMs()).toBeLessThan(startMs + 5_000);
  expect((await startTrip(db, engine, saga)).id).toBeDefined();
});
