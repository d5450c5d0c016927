import { openDatabase } from '@mainstay/postgres';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { barrier } from './notes.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

test('8 workers that each want a second connection of a pool of 4 are told after 200 ms instead of hanging', async () => {
  await using small = await openDatabase({ url: db.url, name: 'small', maxConnections: 4, acquireTimeoutMs: 200 });
  const poolIsEmpty = barrier(4);
  const worker = () =>
    small.transaction(async () => {
      await poolIsEmpty();
      await small.transaction({ propagation: 'requires_new' }, (tx) => tx.query('SELECT 1'));
    });

  const results = await Promise.allSettled(Array.from({ length: 8 }, worker));
  const failures = results.filter((result) => result.status === 'rejected');
  expect(failures.length).toBeGreaterThanOrEqual(4);
  for (const { reason } of failures) expect(reason).toMatchObject({ reason: 'POOL_EXHAUSTED', executed: 'no' });
  expect((await small.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});

test('start-up refuses workers that could do that, and takes them with one connection more', async () => {
  await using four = await openDatabase({ url: db.url, name: 'four', maxConnections: 4 });
  await using five = await openDatabase({ url: db.url, name: 'five', maxConnections: 5 });
  const use = { name: 'order-workers', workers: 4, connectionsEach: 2 };

  expect(() => four.reserve(use)).toThrow('with 4 of order-workers, 2 each, the pool needs 5 connections and has 4');
  five.reserve(use);
});
