import { isPlatformError } from '@mainstay/kernel';
import { type Database, isUniqueViolation, openDatabase, type Transaction } from '@mainstay/postgres';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

let db: TestDatabase;
let database: Database;

beforeAll(async () => {
  db = await testDatabase({ migrations: [new URL('fixtures/first/', import.meta.url)] });
  database = db.database;
});

afterAll(() => db[Symbol.asyncDispose]());

beforeEach(async () => {
  await database.query('TRUNCATE notes');
});

const add = (tx: Transaction, body: string) => tx.query('INSERT INTO notes (body) VALUES ($1)', [body]);

async function bodies(): Promise<unknown[]> {
  const { rows } = await database.query<{ body: string }>('SELECT body FROM notes ORDER BY body');
  return rows.map((row) => row.body);
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'it did not fail',
    (error: unknown) => error,
  );
}

test('a transaction that resolves is committed and gives its result back', async () => {
  const result = await database.transaction(async (tx) => {
    await add(tx, 'a');
    return 'done';
  });
  expect(result).toBe('done');
  expect(await bodies()).toEqual(['a']);
});

test('a transaction that throws, also synchronously, leaves nothing and passes the very error on', async () => {
  const own = new Error('own');
  const thrown = await failureOf(
    database.transaction(async (tx) => {
      await add(tx, 'a');
      throw own;
    }),
  );
  expect(thrown).toBe(own);
  expect(
    await failureOf(
      database.transaction(() => {
        throw own;
      }),
    ),
  ).toBe(own);
  expect(await bodies()).toEqual([]);
  expect(database.stats().waiting).toBe(0);
});

test('a transaction that swallows a failed statement does not pretend to be committed', async () => {
  const error = await failureOf(
    database.transaction({ name: 'swallow' }, async (tx) => {
      await add(tx, 'a');
      await add(tx, 'a').catch(() => undefined);
    }),
  );
  expect(error).toMatchObject({ reason: 'DATABASE_TRANSACTION_FAILED', executed: 'no' });
  expect(String(error)).toContain('transaction swallow was rolled back');
  expect(await bodies()).toEqual([]);
});

test('a statement after the end of its transaction is refused and does not reach the next holder', async () => {
  const leaked = await database.transaction(async (tx) => tx);
  expect(await failureOf(add(leaked, 'late'))).toMatchObject({ reason: 'DATABASE_TRANSACTION_FAILED' });
  expect(await bodies()).toEqual([]);
});

test('ten statements sent at once in one transaction run one after another', async () => {
  await database.transaction(async (tx) => {
    await Promise.all(Array.from({ length: 10 }, (_, n) => add(tx, `n${n}`)));
  });
  expect(await bodies()).toHaveLength(10);
});

test('serializable transactions that depend on each other end with one conflict, to be retried now', async () => {
  const bothRead = barrier(2);
  const countAndAdd = (body: string) =>
    database.transaction({ isolation: 'serializable' }, async (tx) => {
      await tx.query('SELECT count(*) FROM notes');
      await bothRead();
      await add(tx, body);
    });
  const results = await Promise.allSettled([countAndAdd('a'), countAndAdd('b')]);
  const failures = results.filter((result) => result.status === 'rejected');

  expect(failures).toHaveLength(1);
  expect(failures[0]?.reason).toMatchObject({ reason: 'DATABASE_CONFLICT', retry: 'now', executed: 'no' });
  expect(await bodies()).toHaveLength(1);
});

test('of two transactions that lock each other one goes on and one is told of a conflict', async () => {
  await database.query(`INSERT INTO notes (body) VALUES ('a'), ('b')`);
  const bothLocked = barrier(2);
  const lockBoth = (first: string, second: string) =>
    database.transaction(async (tx) => {
      await tx.query('SELECT 1 FROM notes WHERE body = $1 FOR UPDATE', [first]);
      await bothLocked();
      await tx.query('SELECT 1 FROM notes WHERE body = $1 FOR UPDATE', [second]);
    });
  const results = await Promise.allSettled([lockBoth('a', 'b'), lockBoth('b', 'a')]);
  const failures = results.filter((result) => result.status === 'rejected');
  expect(failures).toHaveLength(1);
  expect(failures[0]?.reason).toMatchObject({ reason: 'DATABASE_CONFLICT' });
});

test('a statement that runs longer than 100 ms is ended, alone and in a transaction, and the pool goes on', async () => {
  await using hasty = await openDatabase({ url: db.url, name: 'hasty', statementTimeoutMs: 100, maxConnections: 1 });
  const tooLong = { reason: 'DATABASE_STATEMENT_TIMEOUT', code: 'deadline_exceeded', executed: 'no' };

  expect(await failureOf(hasty.query('SELECT pg_sleep(5)'))).toMatchObject(tooLong);
  expect(await failureOf(hasty.transaction((tx) => tx.query('SELECT pg_sleep(5)')))).toMatchObject(tooLong);
  await hasty.transaction({ statementTimeoutMs: 0 }, (tx) => tx.query('SELECT pg_sleep(0.2)'));
  expect((await hasty.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});

test('a connection cut inside a transaction means that nothing ran, and the next one works', async () => {
  const error = await failureOf(
    database.transaction(async (tx) => {
      await add(tx, 'a');
      await tx.query('SELECT pg_terminate_backend(pg_backend_pid())');
    }),
  );
  expect(error).toMatchObject({ reason: 'DATABASE_UNAVAILABLE', executed: 'no', retry: 'after' });
  expect(await bodies()).toEqual([]);
});

test('a connection cut while nobody waits for it does not end the process', async () => {
  const error = await failureOf(
    database.transaction(async (tx) => {
      const { rows } = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await database.query('SELECT pg_terminate_backend($1, 5000)', [rows[0]?.pid]);
      await add(tx, 'a');
    }),
  );
  expect(error).toMatchObject({ reason: 'DATABASE_UNAVAILABLE', executed: 'no' });
});

test('a connection cut during commit leaves open whether it ran', async () => {
  await database.query(`
    CREATE OR REPLACE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER cut_at_commit AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW WHEN (NEW.body = 'cut') EXECUTE FUNCTION cut()`);
  expect(await failureOf(database.transaction((tx) => add(tx, 'cut')))).toMatchObject({
    reason: 'DATABASE_UNAVAILABLE',
    executed: 'maybe',
  });
});

test('a unique violation is recognised by the name of its constraint', async () => {
  await database.query(`INSERT INTO notes (body) VALUES ('a')`);
  const error = await failureOf(database.query(`INSERT INTO notes (body) VALUES ('a')`));
  expect(isUniqueViolation(error, 'notes_body_key')).toBe(true);
  expect(isPlatformError(error) && error.message).not.toContain('notes');
});

test('values come back exact: bigint, date as text, time with its instant, bytes', async () => {
  const { rows } = await database.query(
    `SELECT $1::bigint AS big, ARRAY[1, NULL]::bigint[] AS bigs, '2026-02-29'::text AS t, date '2024-02-29' AS day,
            timestamptz '2026-01-01 00:00:00+02' AS at, '\\x0001ff'::bytea AS bytes, 1.10::numeric AS exact`,
    [9_007_199_254_740_993n],
  );
  expect(rows[0]).toEqual({
    big: 9_007_199_254_740_993n,
    bigs: [1n, null],
    t: '2026-02-29',
    day: '2024-02-29',
    at: new Date('2025-12-31T22:00:00Z'),
    bytes: Buffer.from([0, 1, 255]),
    exact: '1.10',
  });
});

test('the query builder runs in the transaction it came from, and refuses to start one', async () => {
  const error = new Error('roll back');
  await failureOf(
    database.transaction(async (tx) => {
      await tx.kysely.insertInto('notes').values({ body: 'built' }).execute();
      const rows = await tx.kysely.selectFrom('notes').selectAll().execute();
      expect(rows).toMatchObject([{ body: 'built', read_count: 0n }]);
      throw error;
    }),
  );
  expect(await database.kysely.selectFrom('notes').selectAll().execute()).toEqual([]);
  const update = await database.kysely.updateTable('notes').set({ read_count: 1 }).executeTakeFirst();
  expect(update.numUpdatedRows).toBe(0n);
  const nested = database.kysely.transaction().execute(async () => undefined);
  expect(await failureOf(nested)).toMatchObject({ reason: 'OPTION_INVALID' });
});

/** Resolves for everybody when the last of `count` has arrived. */
function barrier(count: number): () => Promise<void> {
  const open = Promise.withResolvers<void>();
  let arrived = 0;
  return () => {
    arrived++;
    if (arrived === count) open.resolve();
    return open.promise;
  };
}
