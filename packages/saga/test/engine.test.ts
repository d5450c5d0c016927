import { withContext } from '@mainstay/kernel/context';
import type { TestDatabase } from '@mainstay/postgres/testing';
import { withFault } from '@mainstay/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newSagaId } from '../src/index.ts';
import { engineAt, passPauses, sagaDatabase, startTrip, until } from './harness.ts';
import { failure, tripSaga, World } from './trip.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await sagaDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

test('the history has a line with time and owner for every start, end, attempt and turn', async () => {
  const world = new World();
  let failures = 1;
  world.before = (kind, step) => {
    if (kind === 'run' && step === 'pay' && failures-- > 0) throw failure({ message: 'busy' });
    if (kind === 'run' && step === 'close') throw failure({ retry: 'never' });
  };
  const saga = tripSaga(world);
  await using engine = engineAt(db, saga);
  const { id } = await startTrip(db, engine, saga);
  await passPauses(engine, id);

  const view = await engine.read(id);
  expect(view?.history.map(({ kind, step, attempt }) => [kind, step, attempt])).toEqual([
    ['started', null, null],
    ['step_started', 'hold', 1],
    ['claimed', null, null],
    ['step_completed', 'hold', 1],
    ['step_started', 'pay', 1],
    ['step_failed', 'pay', 1],
    ['claimed', null, null],
    ['step_completed', 'pay', 2],
    ['step_started', 'close', 1],
    ['step_failed', 'close', 1],
    ['compensating', 'close', null],
    ['undo_completed', 'pay', 1],
    ['undo_completed', 'hold', 1],
    ['compensated', null, null],
  ]);
  expect(view?.history[5]?.detail).toMatchObject({ error: { message: 'busy' }, dueAtMs: expect.any(Number) });
  expect(view?.history.slice(1).every(({ atMs }) => atMs >= Date.UTC(2026, 5, 1))).toBe(true);
  expect(view?.owner).toBeNull();
});

test('a saga started in a transaction that rolls back does not exist', async () => {
  const world = new World();
  const saga = tripSaga(world);
  await using engine = engineAt(db, saga);
  const id = newSagaId();

  const rolledBack = db.database.transaction(async (tx) => {
    await engine.start(tx, saga, { id, subject: 'o', state: { orderId: 'o', card: null } });
    throw failure({});
  });

  await expect(rolledBack).rejects.toMatchObject({ reason: 'SAGA_STATE_INVALID' });
  engine.wake(id);
  expect(await engine.read(id)).toBeUndefined();
  expect(world.calls).toEqual([]);
});

test('the end of a saga that another engine drove is seen within a poll of 500 ms', async () => {
  const world = new World();
  const saga = tripSaga(world);
  await using driver = engineAt(db, saga);
  await using watcher = engineAt(db, tripSaga(world, { name: 'other' }), { owner: 'watcher' });
  using fault = withFault('saga.after-call:close');
  const { id } = await startTrip(db, driver, saga);
  await fault.reached;

  const waiting = watcher.result(id, { waitMs: 5_000 });
  fault.release();
  await driver.result(id, { waitMs: 1 });
  await watcher.clock.advance(500);

  expect(await waiting).toMatchObject({ status: 'completed' });
});

test('whoever waits gets no outcome when the time is over or the signal aborts, and the saga goes on', async () => {
  const world = new World();
  const saga = tripSaga(world);
  await using engine = engineAt(db, saga);
  using fault = withFault('saga.before-step:pay');
  const { id } = await startTrip(db, engine, saga);
  await fault.reached;
  const controller = new AbortController();

  const timed = engine.result(id, { waitMs: 2_000 });
  const aborted = engine.result(id, { waitMs: 2_000, signal: controller.signal });
  controller.abort();
  expect(await aborted).toBeUndefined();
  await engine.clock.advance(2_000);
  expect(await timed).toBeUndefined();
  expect(await engine.result(id, { waitMs: 0 })).toBeUndefined();

  fault.release();
  expect(await engine.result(id, { waitMs: 1_000_000 })).toMatchObject({ status: 'completed' });
});

test('a saga that was never woken is found by the poll within 500 ms', async () => {
  const world = new World();
  const saga = tripSaga(world);
  await using engine = engineAt(db, saga);
  const id = newSagaId();
  await db.database.transaction((tx) =>
    engine.start(tx, saga, { id, subject: id, state: { orderId: id, card: null } }),
  );

  await engine.clock.advance(500);
  await until(async () => (await engine.result(id, { waitMs: 0 })) !== undefined);
  expect(world.calls).toHaveLength(3);
});

test('refuses to start a saga that the engine has no definition of', async () => {
  const world = new World();
  await using engine = engineAt(db, tripSaga(world));
  const other = tripSaga(world, { version: 2 });
  const started = db.database.transaction((tx) =>
    engine.start(tx, other, { id: newSagaId(), subject: 'o', state: { orderId: 'o', card: null } }),
  );
  await expect(started).rejects.toMatchObject({ reason: 'SAGA_UNKNOWN' });
});

test('a saga whose row somebody has locked holds up no other', async () => {
  const world = new World();
  const saga = tripSaga(world);
  const stopped = engineAt(db, saga, { owner: 'stopped' });
  await stopped[Symbol.asyncDispose]();
  const { id: locked } = await startTrip(db, stopped, saga);

  await using engine = await db.database.transaction(async (tx) => {
    await tx.query('select 1 from sagas where id = $1 for update', [locked]);
    const started = engineAt(db, saga, { maxConcurrent: 5 });
    // Another caller, whose writes are not part of the transaction that holds the lock.
    const { id } = await withContext({ transaction: undefined }, () => startTrip(db, started, saga));
    expect(await started.result(id, { waitMs: 1 })).toMatchObject({ status: 'completed' });
    expect(world.of(locked).hold).toBeUndefined();
    return started;
  });

  await engine.clock.advance(500);
  await until(async () => (await engine.result(locked, { waitMs: 0 })) !== undefined);
});
