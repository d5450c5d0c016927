import { PlatformError } from '@mainstay/kernel';
import type { TestDatabase } from '@mainstay/postgres/testing';
import { withFault } from '@mainstay/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sagaReasons } from '../src/index.ts';
import { engineAt, sagaDatabase, startTrip, until } from './harness.ts';
import { tripSaga, World } from './trip.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await sagaDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

test('a cancel request turns the saga round at the next checkpoint', async () => {
  const world = new World();
  const saga = tripSaga(world);
  await using engine = engineAt(db, saga);
  using fault = withFault('saga.after-call:hold');
  const { id } = await startTrip(db, engine, saga);
  await fault.reached;

  expect(await db.database.transaction((tx) => engine.cancel(tx, id, 'changed my mind'))).toBe('requested');
  fault.release();

  const outcome = await engine.result(id, { waitMs: 1 });
  expect(outcome).toMatchObject({ status: 'compensated', reason: { kind: 'canceled', reason: 'changed my mind' } });
  expect(world.calls).toEqual(['run hold', 'undo hold']);
  expect(await db.database.transaction((tx) => engine.cancel(tx, id, 'again'))).toBe('ended');
  expect(await db.database.transaction((tx) => engine.cancel(tx, 'sg_none', 'x'))).toBe('unknown');
});

test('a cancel request turns a saga round that waits 5 s for its next attempt, at once', async () => {
  const world = new World();
  world.before = (_, step) => {
    if (step === 'hold')
      throw new PlatformError(sagaReasons.SAGA_STATE_INVALID, 'busy', { executed: 'no', retryAfterMs: 5_000 });
  };
  const saga = tripSaga(world);
  await using engine = engineAt(db, saga);
  const { id } = await startTrip(db, engine, saga);
  await until(async () => (await engine.read(id))?.record.steps[0]?.attempts === 2);

  await db.database.transaction((tx) => engine.cancel(tx, id, 'changed my mind'));
  engine.wake(id);

  expect(await engine.result(id, { waitMs: 1 })).toMatchObject({ status: 'compensated', reason: { kind: 'canceled' } });
});

test('a cancel request after the last moment changes nothing, and the closing hook is told', async () => {
  const world = new World();
  const told: unknown[] = [];
  const saga = tripSaga(world, {
    async onCompleted(_, event) {
      told.push(event.cancelReason);
    },
  });
  await using engine = engineAt(db, saga);
  using fault = withFault('saga.before-step:close');
  const { id } = await startTrip(db, engine, saga);
  await fault.reached;
  await db.database.transaction((tx) => engine.cancel(tx, id, 'too late'));
  fault.release();

  expect(await engine.result(id, { waitMs: 1 })).toMatchObject({ status: 'completed' });
  expect(told).toEqual(['too late']);
});

test('stopping waits for the checkpoint under way and gives the saga up at once, without waiting for the lease', async () => {
  const world = new World();
  const saga = tripSaga(world);
  using fault = withFault('saga.after-call:hold');
  const first = engineAt(db, saga, { stopGraceMs: 5_000 });
  const { id } = await startTrip(db, first, saga);
  await fault.reached;

  const stopping = first[Symbol.asyncDispose]();
  fault.release();
  await stopping;

  expect(first.clock.pendingCount).toBe(0);
  expect(world.calls).toEqual(['run hold']);
  expect(await first.read(id)).toMatchObject({ owner: null, availableAtMs: first.clock.nowMs() });
  await using second = engineAt(db, saga, { owner: 'engine-second' });
  expect(await second.result(id, { waitMs: 1 })).toMatchObject({ status: 'completed' });
  expect(world.calls).toEqual(['run hold', 'run pay', 'run close']);
});

test('an attempt still under way after the grace of 5 s is cut off and repeated by the next runner with the same key', async () => {
  const world = new World();
  let hang = true;
  world.after = () => (hang ? new Promise(() => undefined) : undefined);
  const saga = tripSaga(world);
  const first = engineAt(db, saga, { stopGraceMs: 5_000 });
  const { id } = await startTrip(db, first, saga);
  await until(() => world.calls.length === 1);

  const stopping = first[Symbol.asyncDispose]();
  await first.clock.advance(4_999);
  expect(world.contexts[0]?.signal.aborted).toBe(false);
  await first.clock.advance(1);
  await stopping;
  hang = false;
  expect((await first.read(id))?.record.steps[0]).toMatchObject({
    status: 'in_progress',
    mayHaveRun: true,
    attempts: 1,
  });

  await using second = engineAt(db, saga, { owner: 'engine-second', aheadMs: 60_000 });
  expect(await second.result(id, { waitMs: 1 })).toMatchObject({ status: 'completed' });
  expect(world.contexts[1]?.idempotencyKey).toBe(world.contexts[0]?.idempotencyKey);
});
