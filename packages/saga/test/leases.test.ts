import { isPlatformError, silentLogger } from '@mainstay/kernel';
import type { TestDatabase } from '@mainstay/postgres/testing';
import { FakeClock, withFault } from '@mainstay/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newSagaId } from '../src/index.ts';
import { endLease, engineAt, leaseEndOf, sagaDatabase, startMs, startTrip, until } from './harness.ts';
import { tripSaga, World } from './trip.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await sagaDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

test('an attempt of 9 s under a lease of 3 s is neither cut off nor made by anybody else', async () => {
  const world = new World();
  const saga = tripSaga(world);
  await using engine = engineAt(db, saga, { leaseMs: 3_000 });
  using fault = withFault('saga.after-call:pay');
  const { id } = await startTrip(db, engine, saga);
  await fault.reached;

  const leaseEnd = () => leaseEndOf(db, 'engine-0');
  const timers = engine.clock.pendingCount;
  for (let second = 1; second <= 9; second++) {
    const before = await leaseEnd();
    await engine.clock.advance(1_000);
    // The lease is prolonged in the database, and the timer for the next time is set.
    await until(async () => (await leaseEnd()) > before && engine.clock.pendingCount === timers);
  }
  await using other = engineAt(db, saga, { owner: 'other', aheadMs: 9_000 });
  expect(await other.result(id, { waitMs: 0 })).toBeUndefined();
  fault.release();

  expect(await engine.result(id, { waitMs: 1 })).toMatchObject({ status: 'completed' });
  expect(world.calls).toEqual(['run hold', 'run pay', 'run close']);
});

test('a runner whose saga was taken over is told to stop its attempt when its own lease has ended', async () => {
  const world = new World();
  let signal: AbortSignal | undefined;
  world.before = (_, step, context) => {
    if (step === 'pay') signal ??= context.signal;
  };
  const saga = tripSaga(world);
  await using first = engineAt(db, saga, { leaseMs: 3_000 });
  using fault = withFault('saga.after-call:pay');
  const { id } = await startTrip(db, first, saga);
  await fault.reached;
  await endLease(db);
  await using second = engineAt(db, saga, { aheadMs: 3_001 });
  expect(await second.result(id, { waitMs: 1 })).toMatchObject({ status: 'completed' });

  expect(signal?.aborted).toBe(false);
  await until(async () => {
    if (first.clock.nowMs() < startMs + 4_000) await first.clock.advance(1_000);
    return signal?.aborted === true;
  });
  expect(isPlatformError(signal?.reason, 'SAGA_LEASE_LOST')).toBe(true);
});

test.each([
  ['of another that is an hour ahead', { owner: 0, other: 3_600_000 }],
  ['of its own that is an hour behind', { owner: -3_600_000, other: 0 }],
])('a living runner keeps its saga, and a dead one does not, whatever a clock says: %s', async (_, aheadMs) => {
  const world = new World();
  const saga = tripSaga(world);
  // One at a time, so that it leaves the orphan to the other.
  await using owner = engineAt(db, saga, { owner: 'owner', aheadMs: aheadMs.owner, maxConcurrent: 1 });
  using fault = withFault('saga.after-call:pay');
  const { id } = await startTrip(db, owner, saga);
  await fault.reached;
  const orphan = newSagaId();
  await db.database.transaction((tx) =>
    owner.start(tx, saga, { id: orphan, subject: 'orphan', state: { orderId: 'orphan', card: 'tok_visa' } }),
  );
  await db.database.query(`update sagas set owner = 'dead' where id = $1`, [orphan]);

  await using other = engineAt(db, saga, { owner: 'other', aheadMs: aheadMs.other });
  // It ends undone: by the clock of the other it began an hour ago, past its time limit.
  expect(await other.result(orphan, { waitMs: 1 })).toMatchObject({ status: 'compensated' });
  expect((await other.read(id))?.owner).toBe('owner');
  fault.release();
  expect(await owner.result(id, { waitMs: 1 })).toMatchObject({ status: 'completed' });
});

test('a runner that stood still between two steps for longer than its lease calls nothing when it wakes up', async () => {
  const world = new World();
  const saga = tripSaga(world);
  let pausedMs = 0;
  const clock = new FakeClock(startMs);
  const paused = Object.create(clock, { monotonicMs: { value: () => clock.monotonicMs() + pausedMs } }) as FakeClock;
  // A stand-in for the machine's clock: its methods run on the real object.
  for (const method of ['nowMs', 'sleep', 'after'] as const) {
    Object.defineProperty(paused, method, { value: clock[method].bind(clock) });
  }
  const warnings: string[] = [];
  const logger = { ...silentLogger, warn: (message: string) => void warnings.push(message) };
  await using engine = engineAt(db, saga, { clock: paused, logger });
  using fault = withFault('saga.after-checkpoint:hold');
  const { id } = await startTrip(db, engine, saga);
  await fault.reached;

  pausedMs = 10_001;
  fault.release();
  await until(() => warnings.length > 0);

  expect(warnings).toEqual(['saga given up; a claim goes on with it']);
  expect(world.calls).toEqual(['run hold']);
  expect((await engine.read(id))?.record.status).toBe('running');
});

test('new sagas that keep coming starve no saga that nobody woke: the oldest due one is next', async () => {
  const world = new World();
  const saga = tripSaga(world);
  await using engine = engineAt(db, saga, { maxConcurrent: 1 });
  using fault = withFault('saga.before-step:hold');
  await startTrip(db, engine, saga);
  await fault.reached;
  await engine.clock.advance(1);
  const orphan = newSagaId();
  await db.database.transaction((tx) =>
    engine.start(tx, saga, { id: orphan, subject: 'orphan', state: { orderId: 'orphan', card: null } }),
  );
  await engine.clock.advance(1);
  const { id: last } = await startTrip(db, engine, saga);
  await engine.clock.advance(500);
  fault.release();

  expect(await engine.result(last, { waitMs: 1 })).toMatchObject({ status: 'completed' });
  expect(world.contexts.filter(({ step }) => step === 'hold').map(({ subject }) => subject)[1]).toBe('orphan');
});
