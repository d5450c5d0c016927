import { currentContext, newTrace, runInContext } from '@mainstay/kernel/context';
import type { TestDatabase } from '@mainstay/postgres/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defineSaga } from '../src/index.ts';
import { engineAt, notesOf, passPauses, sagaDatabase, startTrip, until } from './harness.ts';
import { failure, type TripState, tripSaga, World } from './trip.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await sagaDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

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
