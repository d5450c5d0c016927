import type { TestDatabase } from '@mainstay/postgres/testing';
import { withFault } from '@mainstay/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endLease, engineAt, leaseEndOf, notesOf, sagaDatabase, startTrip, until } from './harness.ts';
import { failure, tripSaga, tripSteps, World } from './trip.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await sagaDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

const forwardPoints = [
  ...tripSteps.flatMap((step) => [`saga.before-step:${step}`, `saga.after-call:${step}`]),
  'saga.after-checkpoint:hold',
  'saga.after-checkpoint:pay',
  'saga.before-finish',
];
const backwardPoints = [
  'saga.after-checkpoint:close',
  ...tripSteps.flatMap((step) => [`saga.before-compensation:${step}`, `saga.after-compensation:${step}`]),
  'saga.before-finish',
];

// The first engine is dead to the world at the point: it hangs there, its clock stands still, and its leases run out.
// At the end it wakes up as a paused process does, and must change nothing.
test.each(forwardPoints)('a runner that dies at %s leaves a saga that another completes, once', async (point) => {
  const world = new World();
  const saga = tripSaga(world);
  await using first = engineAt(db, saga);
  using fault = withFault(point);
  const { id, orderId } = await startTrip(db, first, saga);
  await fault.reached;

  await endLease(db);
  await using second = engineAt(db, saga, { aheadMs: 10_001 });
  const outcome = await second.result(id, { waitMs: 1 });

  expect(outcome).toMatchObject({ status: 'completed', reason: null });
  expect(outcome?.state).toEqual({ orderId, card: null, paymentId: `payment of ${orderId}` });
  expect(world.of(orderId)).toEqual({ hold: 'done', pay: 'done', close: 'done' });
  expect(await notesOf(db, id)).toEqual(['hold done', 'pay done', 'close done', 'completed']);

  const before = await second.read(id);
  fault.release();
  await first[Symbol.asyncDispose]();
  expect(await second.read(id)).toEqual(before);
  expect(await notesOf(db, id)).toHaveLength(4);
});

test.each(backwardPoints)('a runner that dies at %s leaves a saga that another undoes whole', async (point) => {
  const world = new World();
  world.after = (kind, step) => {
    if (kind === 'run' && step === 'close') throw failure({ retry: 'never', executed: 'maybe' });
  };
  const saga = tripSaga(world);
  await using first = engineAt(db, saga);
  using fault = withFault(point);
  const { id, orderId } = await startTrip(db, first, saga);
  await fault.reached;

  await endLease(db);
  await using second = engineAt(db, saga, { aheadMs: 10_001 });
  const outcome = await second.result(id, { waitMs: 1 });

  expect(outcome).toMatchObject({ status: 'compensated', reason: { kind: 'step_failed', step: 'close' } });
  expect(world.of(orderId)).toEqual({ hold: 'undone', pay: 'undone', close: 'undone' });
  expect(await notesOf(db, id)).toEqual(['hold done', 'pay done', 'failed: step_failed']);
  const turned = world.calls.findIndex((call) => call.startsWith('undo'));
  expect(world.calls.slice(turned).filter((call) => call.startsWith('run'))).toEqual([]);

  const before = await second.read(id);
  fault.release();
  await first[Symbol.asyncDispose]();
  expect(await second.read(id)).toEqual(before);
});

test('a live runner keeps its saga beyond the lease of 10 s by prolonging it', async () => {
  const world = new World();
  const saga = tripSaga(world);
  await using first = engineAt(db, saga);
  using fault = withFault('saga.before-step:pay');
  const { id } = await startTrip(db, first, saga);
  await fault.reached;
  const heldUntil = await leaseEndOf(db, 'engine-0');

  await first.clock.advance(3_400);
  await until(async () => (await leaseEndOf(db, 'engine-0')) > heldUntil);
  await using second = engineAt(db, saga, { aheadMs: 10_001 });
  expect(await second.result(id, { waitMs: 0 })).toBeUndefined();
  expect((await second.read(id))?.owner).toBe('engine-0');

  fault.release();
  expect(await first.result(id, { waitMs: 1 })).toMatchObject({ status: 'completed' });
  expect(world.calls).toEqual(['run hold', 'run pay', 'run close']);
});

test('two runners on one database drive 60 sagas with one call per step', async () => {
  const world = new World();
  const saga = tripSaga(world);
  await using first = engineAt(db, saga, { maxConcurrent: 10 });
  await using second = engineAt(db, saga, { maxConcurrent: 10, owner: 'engine-second' });

  const started = await Promise.all(
    Array.from({ length: 60 }, (_, index) => startTrip(db, index % 2 === 0 ? first : second, saga)),
  );
  for (const { id } of started) first.wake(id);
  await until(async () => {
    const { rows } = await db.database.query<{ n: number }>(
      `select count(*)::integer as n from sagas where status = 'completed' and id = any($1::text[])`,
      [started.map(({ id }) => id)],
    );
    return rows[0]?.n === 60;
  });

  expect(world.calls).toHaveLength(180);
  expect([...world.effects.values()].every((effect) => effect === 'done')).toBe(true);
});
