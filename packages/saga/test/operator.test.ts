import type { TestDatabase } from '@mainstay/postgres/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newSagaId } from '../src/index.ts';
import { engineAt, notesOf, passPauses, sagaDatabase, startTrip } from './harness.ts';
import { failure, tripSaga, World } from './trip.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await sagaDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

const by = { actor: 'ada', reason: 'agreed by phone' };

/** A saga whose undoing of `pay` fails at once and for good, while `isDown`. */
async function stuckTrip() {
  const world = new World();
  const outage = { isDown: true };
  world.before = (kind, step) => {
    if (kind === 'run' && step === 'close') throw failure({ retry: 'never' });
    if (kind === 'undo' && step === 'pay' && outage.isDown)
      throw failure({ retry: 'never', message: 'no refund today' });
  };
  const saga = tripSaga(world);
  const engine = engineAt(db, saga);
  const { id, orderId } = await startTrip(db, engine, saga);
  await passPauses(engine, id, ({ record }) => record.needsIntervention && record.steps[0]?.status === 'compensated');
  return { world, outage, engine, id, orderId };
}

test('stuck work has age, step, reason and attempts, and stands before everything else', async () => {
  const { engine, id } = await stuckTrip();
  await using _ = engine;
  await engine.clock.advance(10);

  const [first] = await engine.stuck({ olderThanMs: 86_400_000 });
  expect(first).toMatchObject({
    id,
    step: 'pay',
    message: 'no refund today',
    attempts: expect.any(Number),
    ageMs: expect.any(Number),
    needsIntervention: true,
  });
  await engine.act(id, { action: 'resolve', as: 'compensated', ...by });
  await passPauses(engine, id);
});

test('retry tries what waits at once, and the saga is undone when it succeeds', async () => {
  const { engine, outage, id, orderId, world } = await stuckTrip();
  await using _ = engine;
  outage.isDown = false;
  await engine.act(id, { action: 'retry', ...by });

  expect(await engine.result(id, { waitMs: 1 })).toMatchObject({ status: 'compensated' });
  expect(world.of(orderId).pay).toBe('undone');
  const line = (await engine.read(id))?.history.find(({ kind }) => kind === 'retried_by_hand');
  expect(line?.detail).toEqual(by);
});

test('skip gives up one undo with who and why; its effect stays, and the saga ends', async () => {
  const { engine, id, orderId, world } = await stuckTrip();
  await using _ = engine;
  await engine.act(id, { action: 'skip', step: 'pay', ...by });

  expect(await engine.result(id, { waitMs: 1 })).toMatchObject({ status: 'compensated' });
  expect(world.of(orderId)).toMatchObject({ hold: 'undone', pay: 'done' });
  const view = await engine.read(id);
  expect(view?.record.steps[1]?.undo?.status).toBe('skipped');
  expect(view?.history.find(({ kind }) => kind === 'skipped_by_hand')).toMatchObject({ step: 'pay', detail: by });
});

test('resolve ends the saga as the person says, with its closing hook', async () => {
  const { engine, id } = await stuckTrip();
  await using _ = engine;
  await engine.act(id, { action: 'resolve', as: 'compensated', ...by });

  expect(await engine.result(id, { waitMs: 1 })).toMatchObject({ status: 'compensated' });
  expect((await notesOf(db, id)).at(-1)).toBe('failed: step_failed');
  expect((await engine.stuck({ olderThanMs: 86_400_000 })).some((one) => one.id === id)).toBe(false);
});

test('compensate turns a saga round that only goes forward any more', async () => {
  const world = new World();
  world.before = (kind, step) => {
    if (kind === 'run' && step === 'close') throw failure({ retry: 'never', message: 'closed shop' });
  };
  const saga = tripSaga(world, { pivot: 'pay' });
  await using engine = engineAt(db, saga);
  const { id, orderId } = await startTrip(db, engine, saga);
  await passPauses(engine, id, ({ record }) => record.needsIntervention);

  await engine.act(id, { action: 'compensate', ...by });
  await passPauses(engine, id);
  expect((await engine.read(id))?.record).toMatchObject({
    status: 'compensated',
    reason: { kind: 'by_hand', reason: by.reason },
  });
  expect(world.of(orderId)).toMatchObject({ hold: 'undone', pay: 'undone' });
});

test('actions that do not fit are refused with the reason, and nothing is written', async () => {
  const { engine, id } = await stuckTrip();
  await using _ = engine;
  const before = await engine.read(id);
  const refused = { reason: 'SAGA_ACTION_INVALID' };

  await expect(engine.act(id, { action: 'skip', step: 'hold', ...by })).rejects.toMatchObject(refused);
  await expect(engine.act(id, { action: 'compensate', ...by })).rejects.toMatchObject(refused);
  await expect(engine.act(id, { action: 'resolve', as: 'completed', ...by })).rejects.toMatchObject(refused);
  await expect(engine.act(id, { action: 'retry', actor: 'ada', reason: '' })).rejects.toMatchObject(refused);
  await expect(engine.act(newSagaId(), { action: 'retry', ...by })).rejects.toMatchObject(refused);
  expect((await engine.read(id))?.history).toEqual(before?.history);

  await engine.act(id, { action: 'resolve', as: 'compensated', ...by });
  await engine.result(id, { waitMs: 1 });
  await expect(engine.act(id, { action: 'retry', ...by })).rejects.toMatchObject(refused);
});
