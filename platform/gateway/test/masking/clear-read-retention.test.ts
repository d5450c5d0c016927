import type { SqlExecutor } from '@mainstay/kernel';
import { silentLogger } from '@mainstay/kernel';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { FakeClock } from '@mainstay/testing';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type ClearReadStore, createClearReadStore } from '../../src/clear-reads/clear-read-store.ts';
import { openClearReads } from '../../src/clear-reads/open-clear-reads.ts';

let db: TestDatabase;
let store: ClearReadStore;

beforeAll(async () => {
  db = await testDatabase({ migrations: [new URL('../../migrations/', import.meta.url)] });
  store = createClearReadStore(db.database);
});
beforeEach(async () => {
  await db.database.query('truncate clear_reads');
});
afterAll(() => db[Symbol.asyncDispose]());

/** Records this many reads, so many days ago. */
async function recordAgo(days: number, count: number): Promise<void> {
  await db.database.query(
    `insert into clear_reads (at, user_id, roles, client, method, path, trace_id)
     select now() - $1 * interval '1 day', 'u', '{}', 'c', 'm', $1::text, 't' from generate_series(1, $2::int)`,
    [days, count],
  );
}
const kept = async (): Promise<unknown> => (await store.latest(10)).map(({ path }) => path);

it('after 400 days rows go, the oldest first and at most so many at once; younger ones stay', async () => {
  await recordAgo(399.9, 1);
  await recordAgo(400.1, 2);
  await recordAgo(500, 2);

  expect([await store.forget(400, 3), await kept()]).toEqual([3, ['400.1', '399.9']]);
  expect([await store.forget(400, 3), await store.forget(400, 3), await kept()]).toEqual([1, 0, ['399.9']]);
});

it('4 replicas that remove at once remove each of 2,000 rows once', async () => {
  await recordAgo(500, 2_000);
  let sum = 0;
  const removeAll = async (): Promise<void> => {
    for (let count = 1; count > 0; sum += count) count = await store.forget(400, 100);
  };

  await Promise.all(Array.from({ length: 4 }, removeAll));

  expect([sum, await kept()]).toEqual([2_000, []]);
});

it('a gateway removes 2,500 old rows in statements of 1,000 when it starts, and looks again after an hour; with 0 days it never does', async () => {
  await recordAgo(500, 2_500);
  const clock = new FakeClock();
  const removed: number[] = [];
  let rest = Promise.withResolvers<void>();
  const sql: SqlExecutor = {
    async query(text, values, options) {
      const answer = await db.database.query(text, values, options);
      removed.push(answer.rowCount);
      if (answer.rowCount < 1_000) rest.resolve();
      return answer as never;
    },
  };
  const options = { clock, logger: silentLogger, signal: new AbortController().signal };

  await using parts = new AsyncDisposableStack();
  openClearReads(sql, { ...options, keptDays: 0, parts });
  openClearReads(sql, { ...options, keptDays: 400, parts });
  await rest.promise;
  expect(removed).toEqual([1_000, 1_000, 500]);
  rest = Promise.withResolvers();
  await recordAgo(401, 1);
  await clock.advance(3_600_000);
  await rest.promise;

  expect(removed).toEqual([1_000, 1_000, 500, 1]);
});
