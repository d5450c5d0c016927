import { PlatformError } from '@mainstay/kernel';
import { currentContext, newTrace, runInContext } from '@mainstay/kernel/context';
import type { TestDatabase } from '@mainstay/postgres/testing';
import { withFault } from '@mainstay/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defineSaga, newSagaId, sagaReasons } from '../src/index.ts';
import { engineAt, notesOf, passPauses, sagaDatabase, startTrip, until } from './harness.ts';
import { failure, type TripState, tripSaga, World } from './trip.ts';

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
    ['step_completed', 'hold', 1],
    ['step_started', 'pay', 1],
    ['step_failed', 'pay', 1],
    ['step_completed', 'pay', 2],
    ['step_started', 'close', 1],
    ['step_failed', 'close', 1],
    ['compensating', 'close', null],
    ['undo_completed', 'pay', 1],
    ['undo_completed', 'hold', 1],
    ['compensated', null, null],
  ]);
  expect(view?.history[4]?.detail).toMatchObject({ message: 'busy', due_at_ms: expect.any(Number) });
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

test('an attempt runs in a context of its own: the starter’s trace, the step’s key and deadline, not the starter’s signal', async () => {
  const world = new World();
  const contexts: unknown[] = [];
  world.before = () => void contexts.push(currentContext());
  const saga = tripSaga(world);
  await using engine = engineAt(db, saga);
  const trace = newTrace();
  const gone = AbortSignal.abort();
  const identity = { kind: 'user', userId: 'u_1', roles: ['customer'] } as const;

  const { id, orderId } = await runInContext({ trace, identity, signal: gone, idempotencyKey: 'mine' }, () =>
    startTrip(db, engine, saga),
  );
  expect(await engine.result(id, { waitMs: 1 })).toMatchObject({ status: 'completed' });

  expect(contexts[0]).toMatchObject({
    trace: { traceId: trace.traceId },
    identity: { kind: 'service' },
    idempotencyKey: `saga:${id}:hold:${orderId}`,
    deadline: { atMs: engine.clock.nowMs() + 10_000 },
    signal: { aborted: false },
  });
});

test('the key of a step is the same for every attempt, and another one for its undoing', async () => {
  const world = new World();
  let failures = 2;
  world.before = (kind, step) => {
    if (step === 'pay' && failures-- > 0) throw failure({});
    if (kind === 'run' && step === 'close') throw failure({ retry: 'never' });
  };
  const saga = tripSaga(world);
  await using engine = engineAt(db, saga);
  const { id, orderId } = await startTrip(db, engine, saga);
  await passPauses(engine, id);

  const keys = world.contexts.filter(({ step }) => step === 'pay').map(({ idempotencyKey }) => idempotencyKey);
  const forward = `saga:${id}:pay:${orderId}`;
  expect(keys).toEqual([forward, forward, forward, `saga:${id}:compensate:pay:${orderId}`]);
});

test('a failed attempt is repeated after 100 ms by its stored due time, not before', async () => {
  const world = new World();
  let failures = 1;
  world.before = (_, step) => {
    if (step === 'hold' && failures-- > 0) throw failure({});
  };
  const saga = tripSaga(world);
  await using engine = engineAt(db, saga);
  const { id } = await startTrip(db, engine, saga);
  await until(async () => (await engine.read(id))?.record.steps[0]?.attempts === 2);

  expect((await engine.read(id))?.availableAtMs).toBe(engine.clock.nowMs() + 100);
  await until(() => engine.clock.nextDueInMs === 100);
  await engine.clock.advance(99);
  expect(world.calls).toEqual(['run hold']);
  await engine.clock.advance(1);
  expect(await engine.result(id, { waitMs: 1 })).toMatchObject({ status: 'completed' });
});

test('an attempt that never answers ends at its limit of 2 s, is told to stop, and counts as maybe run', async () => {
  const world = new World();
  let signal: AbortSignal | undefined;
  const hang = defineSaga<TripState>({
    name: 'hang',
    steps: [
      {
        name: 'hold',
        attemptTimeoutMs: 2_000,
        retry: { maxAttempts: 1 },
        run: (_, context) => {
          signal = context.signal;
          return new Promise(() => undefined);
        },
        compensate: (_, context) => world.call('undo', 'hold', context),
      },
    ],
  });
  await using engine = engineAt(db, hang);
  const { id } = await startTrip(db, engine, hang);
  await until(() => signal !== undefined);

  await engine.clock.advance(1_999);
  expect(signal?.aborted).toBe(false);
  await engine.clock.advance(1);

  const outcome = await engine.result(id, { waitMs: 1 });
  expect(signal?.aborted).toBe(true);
  expect(outcome).toMatchObject({
    status: 'compensated',
    reason: { kind: 'retries_exhausted', reason: 'DEADLINE_EXCEEDED' },
  });
  expect(world.calls).toEqual(['undo hold']);
});

test('one compensation that keeps failing stops none of the others, is listed as stuck, and goes on being tried', async () => {
  const world = new World();
  let repaired = false;
  world.before = (kind, step) => {
    if (kind === 'run' && step === 'close') throw failure({ retry: 'never', executed: 'maybe' });
    if (kind === 'undo' && step === 'pay' && !repaired) throw failure({ message: 'no refund today' });
  };
  const saga = tripSaga(world, { interventionAfterAttempts: 3 });
  await using engine = engineAt(db, saga);
  const { id, orderId } = await startTrip(db, engine, saga);

  await passPauses(engine, id, ({ record }) => record.needsIntervention);
  expect(world.of(orderId)).toEqual({ hold: 'undone', pay: 'done', close: 'undone' });
  const stuck = (await engine.stuck({ olderThanMs: 3_600_000 })).find((one) => one.id === id);
  expect(stuck).toMatchObject({
    status: 'compensating',
    step: 'pay',
    attempts: 3,
    message: 'no refund today',
    needsIntervention: true,
    owner: null,
  });

  repaired = true;
  await passPauses(engine, id);
  expect(world.of(orderId)).toEqual({ hold: 'undone', pay: 'undone', close: 'undone' });
  expect((await engine.stuck({ olderThanMs: 3_600_000 })).some((one) => one.id === id)).toBe(false);
});

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

test('local writes that are refused for good leave nothing behind, and the step is undone', async () => {
  const world = new World();
  const saga = defineSaga<TripState>({
    name: 'note',
    steps: [
      {
        name: 'hold',
        async run(_, context) {
          await world.call('run', 'hold', context);
          context.commit(async (tx) => {
            await tx.query('insert into notes (saga_id, note) values ($1, $2)', [context.sagaId, 'first']);
            await tx.query('insert into notes (saga_id, note) values ($1, null)', [context.sagaId]);
          });
        },
        compensate: (_, context) => world.call('undo', 'hold', context),
      },
    ],
  });
  await using engine = engineAt(db, saga);
  const { id } = await startTrip(db, engine, saga);

  const outcome = await engine.result(id, { waitMs: 1 });
  expect(outcome).toMatchObject({ status: 'compensated', reason: { reason: 'SAGA_LOCAL_WRITE_FAILED' } });
  expect(await notesOf(db, id)).toEqual([]);
  expect(world.calls).toEqual(['run hold', 'undo hold']);
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

test('a saga goes on by itself after the connection broke in the middle of a checkpoint, with each local write once', async () => {
  const world = new World();
  let broken = 0;
  const saga = defineSaga<TripState>({
    name: 'broken',
    steps: [
      {
        name: 'hold',
        async run(_, context) {
          await world.call('run', 'hold', context);
          context.commit(async (tx) => {
            await tx.query('insert into notes (saga_id, note) values ($1, $2)', [context.sagaId, 'hold done']);
            if (broken++ === 0) await tx.query('select pg_terminate_backend(pg_backend_pid())');
          });
        },
      },
    ],
  });
  await using engine = engineAt(db, saga);
  const { id, orderId } = await startTrip(db, engine, saga);
  await until(async () => {
    await engine.clock.advance(100);
    return (await engine.result(id, { waitMs: 0 })) !== undefined;
  });

  expect(broken).toBe(2);
  expect(world.of(orderId).hold).toBe('done');
  expect(await notesOf(db, id)).toEqual(['hold done']);
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
    const { id } = await startTrip(db, started, saga);
    expect(await started.result(id, { waitMs: 1 })).toMatchObject({ status: 'completed' });
    expect(world.of(locked).hold).toBeUndefined();
    return started;
  });

  await engine.clock.advance(500);
  await until(async () => (await engine.result(locked, { waitMs: 0 })) !== undefined);
});
