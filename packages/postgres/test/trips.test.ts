import { type Database, openDatabase } from '@mainstay/postgres';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { add, bodies, failureOf } from './notes.ts';

let db: TestDatabase;
let database: Database;
beforeAll(async () => {
  db = await testDatabase({ migrations: [new URL('fixtures/first/', import.meta.url)] });
  database = await openDatabase({ url: db.url, name: 'trips', maxConnections: 1 });
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});
beforeEach(() => db.database.query('TRUNCATE notes'));

const insert = 'INSERT INTO notes (body) VALUES ($1)';
const stateOf = async (): Promise<unknown> => {
  const { rows } = await db.database.query(`SELECT state FROM pg_stat_activity WHERE application_name = 'trips'`);
  return rows[0]?.['state'];
};

test('a transaction has begun with its first statement, not before, and one without statements never does', async () => {
  await database.transaction(async (tx) => {
    expect(await stateOf()).toBe('idle');
    await add(tx, 'a');
    expect(await stateOf()).toBe('idle in transaction');
  });
  await database.transaction(async () => expect(await stateOf()).toBe('idle'));
  expect(await bodies(database)).toEqual(['a']);
});

test('a last statement is committed with the rest', async () => {
  await database.transaction(async (tx) => {
    await add(tx, 'a');
    tx.commitWith(insert, ['b'], { prepareAs: 'insert-note' });
  });
  await database.transaction(async (tx) => tx.commitWith(insert, ['c'], { prepareAs: 'insert-note' }));
  expect(await bodies(database)).toEqual(['a', 'b', 'c']);
});

test('a last statement that fails takes the rest with it, and the connection is good afterwards', async () => {
  const error = await failureOf(
    database.transaction(async (tx) => {
      await add(tx, 'a');
      tx.commitWith(insert, ['a']);
    }),
  );
  expect(error).toMatchObject({ reason: 'DATABASE_UNIQUE_VIOLATION', executed: 'no' });
  expect(await bodies(database)).toEqual([]);
});

test('a last statement of a savepoint goes with the commit of the whole, and not when the savepoint is undone', async () => {
  await database.transaction(async (tx) => {
    await add(tx, 'a');
    await failureOf(
      database.transaction({ propagation: 'nested' }, async (part) => {
        part.commitWith(insert, ['undone']);
        throw new Error('no');
      }),
    );
    await database.transaction({ propagation: 'nested' }, async (part) => part.commitWith(insert, ['b']));
  });
  expect(await bodies(database)).toEqual(['a', 'b']);
});

test('a first statement that fails leaves no transaction behind, whether it is one text or several', async () => {
  for (const text of ['SELECT wrong', 'SELECT 1; SELECT wrong', 'SELECT 1; SELEKT 2']) {
    const error = await failureOf(
      database.transaction(async (tx) => {
        await failureOf(tx.query(text));
        await add(tx, 'a');
      }),
    );
    expect(error).toMatchObject({ reason: 'DATABASE_TRANSACTION_FAILED' });
    expect(await bodies(database)).toEqual([]);
  }
});

test('a prepared statement that failed once after it was parsed can be used again', async () => {
  const divide = (by: number) =>
    database.query<{ n: number }>('SELECT 12 / $1::int AS n', [by], { prepareAs: 'divide' });
  expect(await failureOf(divide(0))).toMatchObject({ reason: 'DATABASE_VALUE_INVALID' });
  expect((await divide(4)).rows).toEqual([{ n: 3 }]);
  expect((await divide(3)).rows).toEqual([{ n: 4 }]);
  expect(await failureOf(database.query('SELECT 1', [], { prepareAs: 'divide' }))).toMatchObject({
    reason: 'OPTION_INVALID',
  });
});
