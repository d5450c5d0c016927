import type { TestDatabase } from '@mainstay/postgres/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { engineAt, passPauses, sagaDatabase, startMs, startTrip } from './harness.ts';
import { failure, tripSaga, World } from './trip.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await sagaDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

/** Three trips: two that went well, and the newest, whose undoing waits for a person. */
async function threeTrips() {
  await db.database.query('truncate sagas, saga_journal, saga_requests');
  const world = new World();
  const saga = tripSaga(world);
  const engine = engineAt(db, saga);
  const first = await startTrip(db, engine, saga);
  await passPauses(engine, first.id);
  const second = await startTrip(db, engine, saga);
  await passPauses(engine, second.id);
  world.before = (kind, step) => {
    if (kind === 'run' && step === 'close') throw failure({ retry: 'never' });
    if (kind === 'undo' && step === 'pay') throw failure({ retry: 'never', message: 'no refund today' });
  };
  const stuck = await startTrip(db, engine, saga);
  await passPauses(
    engine,
    stuck.id,
    ({ record }) => record.needsIntervention && record.steps[0]?.undo?.status === 'done',
  );
  return { engine, first, second, stuck };
}

test('sagas are listed newest first, and pages of 2 follow each other without a gap', async () => {
  const { engine, first, second, stuck } = await threeTrips();
  await using _ = engine;
  const page = await engine.list({ limit: 2 });
  expect(page.map(({ id }) => id)).toEqual([stuck.id, second.id]);
  expect(page[0]).toMatchObject({
    status: 'compensating',
    step: 'pay',
    message: 'no refund today',
    needsIntervention: true,
  });
  expect(page[0]?.actions).toEqual(['retry', 'skip', 'resolve']);
  expect(page[1]).toMatchObject({ status: 'completed', step: null, endedAtMs: expect.any(Number), actions: [] });

  const next = await engine.list({ limit: 2, afterId: second.id });
  expect(next.map(({ id }) => id)).toEqual([first.id]);
});

test('sagas are found by status, name, subject, age and whether they need a person', async () => {
  const { engine, second, stuck } = await threeTrips();
  await using _ = engine;
  const idsOf = async (search: Parameters<typeof engine.list>[0]) => (await engine.list(search)).map(({ id }) => id);
  expect(await idsOf({ statuses: ['running', 'compensating'] })).toEqual([stuck.id]);
  expect(await idsOf({ name: 'no such saga' })).toEqual([]);
  expect(await idsOf({ subject: second.orderId })).toEqual([second.id]);
  expect(await idsOf({ createdAtMost: startMs - 1 })).toEqual([]);
  expect(await idsOf({ needsIntervention: true })).toEqual([stuck.id]);
  await expect(engine.list({ limit: 0 })).rejects.toMatchObject({ reason: 'OPTION_INVALID' });
});

test('what people did is listed with who, what and why, newest first', async () => {
  const { engine, stuck } = await threeTrips();
  await using _ = engine;
  await engine.act(stuck.id, { action: 'skip', step: 'pay', actor: 'ada', reason: 'refunded by the bank' });
  await passPauses(engine, stuck.id);

  expect(await engine.actions(10)).toMatchObject([
    { sagaId: stuck.id, action: 'skip', step: 'pay', actor: 'ada', reason: 'refunded by the bank' },
  ]);
});
