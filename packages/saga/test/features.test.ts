import type { TestDatabase } from '@mainstay/postgres/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defineSaga, newSagaId, type SagaDefinition, type SagaOptions } from '../src/index.ts';
import { engineAt, passPauses, sagaDatabase, startTrip, until } from './harness.ts';
import { failure, type TripState, World } from './trip.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await sagaDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

let made = 0;
const sagaOf = (steps: SagaOptions<TripState>['steps'], more: Partial<SagaOptions<TripState>> = {}) =>
  defineSaga<TripState>({ name: `feature-${++made}`, steps, ...more });
const step = (world: World, name: string) => ({
  name,
  run: async (_: TripState, context: Parameters<World['call']>[2]) => await world.call('run', name, context),
  compensate: async (_: TripState, context: Parameters<World['call']>[2]) => await world.call('undo', name, context),
});

test('steps side by side are called at once, and a decline of one undoes what the other had done', async () => {
  const world = new World();
  const both = Promise.withResolvers<void>();
  world.before = async (kind, name) => {
    if (kind !== 'run' || name === 'look') return;
    if (world.calls.includes('run hold') && world.calls.includes('run pay')) both.resolve();
    await both.promise;
    if (name === 'pay') throw failure({ retry: 'never' });
  };
  const saga = sagaOf([step(world, 'look'), { parallel: [step(world, 'hold'), step(world, 'pay')] }]);
  await using engine = engineAt(db, saga);
  const { id, orderId } = await startTrip(db, engine, saga);

  expect(await engine.result(id, { waitMs: 1 })).toMatchObject({ status: 'compensated', reason: { step: 'pay' } });
  expect(world.effects.get(`${orderId}/hold`)).toBe('undone');
  expect(world.effects.get(`${orderId}/look`)).toBe('undone');
});

test('a saga that waits for an event is in nobody’s hands; the event is taken once by its key and given to the step', async () => {
  const events: unknown[] = [];
  const saga = sagaOf([
    {
      name: 'await-payment',
      waitFor: { event: 'paid' },
      async run(_, { event }) {
        events.push(event);
        return { paymentId: (event!.payload as { id: string }).id };
      },
    },
  ]);
  await using engine = engineAt(db, saga);
  const { id } = await startTrip(db, engine, saga);
  await until(async () => (await engine.read(id))?.owner === null);
  const send = () =>
    db.database.transaction((tx) => engine.send(tx, id, { event: 'paid', payload: { id: 'p_1' }, key: 'e_1' }));

  expect(await send()).toBe('requested');
  expect(await send()).toBe('repeated');
  engine.wake(id);

  expect(await engine.result(id, { waitMs: 1 })).toMatchObject({ status: 'completed', state: { paymentId: 'p_1' } });
  expect(events).toEqual([{ event: 'paid', payload: { id: 'p_1' } }]);
  expect(await send()).toBe('ended');
});

test('a saga waits an hour without an owner and is due at its time; without its event it is undone at the limit', async () => {
  const world = new World();
  const saga = sagaOf(
    [
      { ...step(world, 'hold'), waitFor: { ms: 3_600_000 } },
      { ...step(world, 'pay'), waitFor: { event: 'paid', timeLimitMs: 60_000 } },
    ],
    { timeLimitMs: 7_200_000 },
  );
  await using engine = engineAt(db, saga);
  const { id, orderId } = await startTrip(db, engine, saga);
  await until(async () => (await engine.read(id))?.owner === null);
  expect((await engine.read(id))?.availableAtMs).toBe(engine.clock.nowMs() + 3_600_000);

  await passPauses(engine, id);
  expect((await engine.read(id))?.record).toMatchObject({
    status: 'compensated',
    reason: { reason: 'SAGA_EVENT_MISSING', step: 'pay' },
  });
  expect(world.of(orderId).hold).toBe('undone');
  expect(world.calls).toEqual(['run hold', 'undo hold']);
});

test('asks the participant after a lost answer, and goes on without calling again when it was done', async () => {
  const world = new World();
  world.after = (kind, name) => {
    if (kind === 'run' && name === 'pay') throw failure({ executed: 'maybe' });
  };
  const questions: string[] = [];
  const saga = sagaOf([
    {
      ...step(world, 'pay'),
      async inquire(_, { idempotencyKey }) {
        questions.push(idempotencyKey);
        if (questions.length === 1) throw failure({});
        return { outcome: 'done', patch: { paymentId: 'found' } };
      },
    },
  ]);
  await using engine = engineAt(db, saga);
  const { id, orderId } = await startTrip(db, engine, saga);
  await passPauses(engine, id);

  expect((await engine.read(id))?.record).toMatchObject({ status: 'completed', state: { paymentId: 'found' } });
  expect(world.calls).toEqual(['run pay']);
  expect(questions).toEqual([`saga:${id}:pay:${orderId}`, `saga:${id}:pay:${orderId}`]);
});

/** A parent that runs a child between two steps of its own. */
function family(world: World, childSteps: readonly string[]) {
  const child = sagaOf(childSteps.map((name) => step(world, name)));
  const parent = sagaOf([
    step(world, 'hold'),
    {
      name: 'deliver',
      saga: {
        definition: child,
        input: ({ orderId }) => ({ orderId, card: null }),
        output: ({ orderId }) => ({ paymentId: `delivered ${String(orderId)}` }),
      },
    },
    step(world, 'close'),
  ]);
  const sagas: SagaDefinition<TripState>[] = [parent, child];
  return { parent, child, engine: () => engineAt(db, parent, { sagas }) };
}

test('a step that runs a saga waits for it, and takes its output into its own state', async () => {
  const world = new World();
  const { parent, engine: open } = family(world, ['pack', 'ship']);
  await using engine = open();
  const { id, orderId } = await startTrip(db, engine, parent);

  expect(await engine.result(id, { waitMs: 1 })).toMatchObject({
    status: 'completed',
    state: { paymentId: `delivered ${orderId}` },
  });
  expect(world.calls).toEqual(['run hold', 'run pack', 'run ship', 'run close']);
  expect((await engine.read(`${id}.deliver`))?.record).toMatchObject({ status: 'completed', parent: { id } });
});

test('a child that is undone turns its parent round', async () => {
  const world = new World();
  world.before = (_, name) => {
    if (name === 'ship') throw failure({ retry: 'never', message: 'no driver' });
  };
  const { parent, engine: open } = family(world, ['pack', 'ship']);
  await using engine = open();
  const { id } = await startTrip(db, engine, parent);

  expect(await engine.result(id, { waitMs: 1 })).toMatchObject({
    status: 'compensated',
    reason: { step: 'deliver', message: 'no driver' },
  });
  expect(world.calls).toEqual(['run hold', 'run pack', 'run ship', 'undo pack', 'undo hold']);
});

test('a parent that is undone undoes the child that had completed, and ends after it', async () => {
  const world = new World();
  world.before = (kind, name) => {
    if (kind === 'run' && name === 'close') throw failure({ retry: 'never' });
  };
  const { parent, engine: open } = family(world, ['pack', 'ship']);
  await using engine = open();
  const { id } = await startTrip(db, engine, parent);

  expect(await engine.result(id, { waitMs: 1 })).toMatchObject({ status: 'compensated', reason: { step: 'close' } });
  expect(world.calls.filter((call) => call !== 'undo hold').slice(4)).toEqual(['undo ship', 'undo pack']);
  expect(world.calls).toContain('undo hold');
  expect((await engine.read(`${id}.deliver`))?.record.status).toBe('compensated');
});

test('a saga of version 1 goes on under version 2 by the migration named there, and its history says so', async () => {
  const world = new World();
  world.before = (kind, name) => {
    if (kind === 'run' && name === 'pay') throw failure({});
  };
  const name = `versioned-${++made}`;
  const first = defineSaga<TripState>({ name, steps: [step(world, 'hold'), step(world, 'pay')] });
  const old = engineAt(db, first);
  const { id, orderId } = await startTrip(db, old, first);
  await until(async () => (await old.read(id))?.record.steps[1]?.attempts === 2);
  await old[Symbol.asyncDispose]();
  world.before = () => undefined;

  const second = defineSaga<TripState>({
    name,
    version: 2,
    steps: [step(world, 'hold'), step(world, 'pay'), step(world, 'close')],
    migrations: [
      { from: 1, name: 'add-close', migrate: (state) => ({ ...(state as unknown as TripState), paymentId: 'moved' }) },
    ],
  });
  await using engine = engineAt(db, second, { aheadMs: 60_000 });

  expect(await engine.result(id, { waitMs: 1 })).toMatchObject({ status: 'completed', state: { paymentId: 'moved' } });
  expect(world.of(orderId)).toEqual({ hold: 'done', pay: 'done', close: 'done' });
  const view = await engine.read(id);
  expect(view?.record.version).toBe(2);
  expect(view?.history.find(({ kind }) => kind === 'migrated')?.detail).toMatchObject({
    from: 1,
    to: 2,
    by: 'add-close',
  });
});

test('a saga that ran a step which version 2 does not have is set aside as stuck work', async () => {
  const world = new World();
  world.before = (kind, name) => {
    if (kind === 'run' && name === 'pay') throw failure({});
  };
  const name = `narrowed-${++made}`;
  const first = defineSaga<TripState>({ name, steps: [step(world, 'hold'), step(world, 'pay')] });
  const old = engineAt(db, first);
  const { id } = await startTrip(db, old, first);
  await until(async () => (await old.read(id))?.record.steps[1]?.attempts === 2);
  await old[Symbol.asyncDispose]();

  const migrations = [{ from: 1, name: 'drop-hold', migrate: (state: object) => state as TripState }];
  const second = defineSaga<TripState>({ name, version: 2, steps: [step(world, 'pay')], migrations });
  await using engine = engineAt(db, second, { aheadMs: 60_000 });

  await until(async () => (await engine.stuck()).some((one) => one.id === id && one.needsIntervention));
  expect(await engine.read(id)).toMatchObject({ owner: null, record: { version: 1, status: 'running' } });
});

test('a saga whose steps are others than its definition’s is left alone', async () => {
  const world = new World();
  const name = `changed-${++made}`;
  const before = defineSaga<TripState>({ name, steps: [step(world, 'hold')] });
  const old = engineAt(db, before);
  await old[Symbol.asyncDispose]();
  const id = newSagaId();
  await db.database.transaction((tx) =>
    old.start(tx, before, { id, subject: 'o', state: { orderId: 'o', card: null } }),
  );

  const after = defineSaga<TripState>({ name, steps: [step(world, 'hold'), step(world, 'pay')] });
  await using engine = engineAt(db, after, { aheadMs: 20_000 });
  await engine.clock.advance(500);
  await startTrip(db, engine, after).then(({ id: other }) => engine.result(other, { waitMs: 1_000 }));

  expect(await engine.result(id, { waitMs: 0 })).toBeUndefined();
  expect((await engine.stuck()).some((one) => one.id === id)).toBe(false);
});
