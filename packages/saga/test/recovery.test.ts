import type { TestDatabase } from '@mainstay/postgres/testing';
import { withFault } from '@mainstay/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { endLease, engineAt, notesOf, sagaDatabase, startTrip, until } from './harness.ts';
import { failure, tripSaga, tripSteps, World } from './trip.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await sagaDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

const forward = [
  ...tripSteps.flatMap((step) => [`saga.before-step:${step}`, `saga.after-call:${step}`]),
  'saga.after-checkpoint:hold',
  'saga.before-finish',
];
const backward = [
  ...tripSteps.flatMap((step) => [`saga.before-compensation:${step}`, `saga.after-compensation:${step}`]),
  'saga.before-finish',
];
const pairs = (points: readonly string[]) => points.flatMap((one) => points.map((other) => [one, other] as const));

/** Lets a runner die at one point, the one that recovers from it at another, and a third one end the saga. */
async function dieTwice(world: World, [firstPoint, secondPoint]: readonly [string, string]) {
  const saga = tripSaga(world);
  await using first = engineAt(db, saga);
  using firstFault = withFault(firstPoint);
  const { id, orderId } = await startTrip(db, first, saga);
  await firstFault.reached;

  await endLease(db);
  await using second = engineAt(db, saga, { aheadMs: 10_001 });
  using secondFault = withFault(secondPoint);
  const ended = second.result(id, { waitMs: 1_000_000 }).then(() => undefined);
  await Promise.race([secondFault.reached, ended]);

  await endLease(db, 'engine-10001');
  await using third = engineAt(db, saga, { aheadMs: 20_002 });
  await until(async () => (await third.result(id, { waitMs: 0 })) !== undefined);
  const before = await third.read(id);
  // Both wake up as paused processes do, and change nothing any more.
  firstFault.release();
  secondFault.release();
  await first[Symbol.asyncDispose]();
  await second[Symbol.asyncDispose]();
  expect(await third.read(id)).toEqual(before);
  return { outcome: before!.record, orderId, notes: await notesOf(db, id) };
}

test.each(pairs(forward))('dies at %s, then at %s while recovering: completed once', async (...points) => {
  const world = new World();
  const { outcome, orderId, notes } = await dieTwice(world, points);

  expect(outcome.status).toBe('completed');
  expect(world.of(orderId)).toEqual({ hold: 'done', pay: 'done', close: 'done' });
  expect(notes).toEqual(['hold done', 'pay done', 'close done', 'completed']);
});

test.each(pairs(backward))('dies at %s, then at %s while recovering: undone whole', async (...points) => {
  const world = new World();
  world.after = (kind, step) => {
    if (kind === 'run' && step === 'close') throw failure({ retry: 'never', executed: 'maybe' });
  };
  const { outcome, orderId, notes } = await dieTwice(world, points);

  expect(outcome.status).toBe('compensated');
  expect(world.of(orderId)).toEqual({ hold: 'undone', pay: 'undone', close: 'undone' });
  expect(notes.at(-1)).toBe('failed: step_failed');
  const turned = world.calls.findIndex((call) => call.startsWith('undo'));
  expect(world.calls.slice(turned).filter((call) => call.startsWith('run'))).toEqual([]);
});
