import { type Database, type Opening, openDatabase, type Transaction } from '@mainstay/postgres';
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

test('a last statement that is the only one and fails leaves no transaction open on its connection', async () => {
  await add(database, 'a');
  const error = await failureOf(database.transaction(async (tx) => tx.commitWith(insert, ['a'])));
  expect(error).toMatchObject({ reason: 'DATABASE_UNIQUE_VIOLATION', executed: 'no' });
  expect(await stateOf()).toBe('idle');
  expect(await bodies(database)).toEqual(['a']);
});

test('values of every kind and length come to the server as they are, also those larger than a write is prepared for', async () => {
  const bytes = (text: string): Buffer => Buffer.from(text);
  for (const length of [0, 1, 340, 341, 342, 1_023, 1_024, 1_025, 5_000, 1_000_000]) {
    for (const text of ['x'.repeat(length), '\u00e9\u20ac'.repeat(length / 2), '\u{1f600}'.repeat(length / 2)]) {
      const { rows } = await database.query(
        'SELECT $1::text AS text, $2::bytea AS bytes, $3::text AS none, $4::int AS number',
        [text, bytes(text), null, length],
        { prepareAs: 'values' },
      );
      expect(rows).toEqual([{ text, bytes: bytes(text), none: null, number: length }]);
    }
  }
});

test('what a transaction begins with goes with its first statement, which is not run when it fails', async () => {
  const began = await database.transaction(async (tx) => {
    const opening = tx.beginWith('SELECT $1::int', [1]);
    expect(opening.state).toBe('unsent');
    const added = add(tx, 'a');
    expect(opening.state).toBe('sent');
    await added;
    return opening;
  });
  expect(began.state).toBe('done');
  let failed = began;
  const error = await failureOf(
    database.transaction(async (tx) => {
      failed = tx.beginWith('SELECT 1 / $1::int', [0]);
      await add(tx, 'b');
    }),
  );
  expect(error).toMatchObject({ reason: 'DATABASE_VALUE_INVALID' });
  expect(failed).toMatchObject({ state: 'failed', error: { reason: 'DATABASE_VALUE_INVALID' } });
  expect(await bodies(database)).toEqual(['a']);
});

test('what a transaction begins with is done also when the statement behind it fails, and can be sent without one', async () => {
  let opening: Opening | undefined;
  await failureOf(
    database.transaction(async (tx) => {
      opening = tx.beginWith('SELECT $1::int', [1]);
      await tx.query('SELECT wrong');
    }),
  );
  expect(opening?.state).toBe('done');
  await database
    .transaction(async (tx) => {
      opening = tx.beginWith('SELECT 1 / $1::int', [0]);
      await expect(opening.now()).rejects.toMatchObject({ reason: 'DATABASE_VALUE_INVALID' });
      await expect(opening.now()).rejects.toMatchObject({ reason: 'DATABASE_VALUE_INVALID' });
    })
    .catch(() => undefined);
  await database.transaction(async (tx) => {
    opening = tx.beginWith('SELECT 1', []);
  });
  await expect(opening?.now()).rejects.toMatchObject({ reason: 'DATABASE_TRANSACTION_FAILED' });
  expect(await stateOf()).toBe('idle');
});

test('a transaction begins with one thing at most, before its first statement, and a part of one with none', async () => {
  const beginLate = async (tx: Transaction): Promise<unknown> => {
    await add(tx, 'a');
    return tx.beginWith('SELECT 1', []);
  };
  const beginTwice = async (tx: Transaction) => [tx.beginWith('SELECT 1', []), tx.beginWith('SELECT 1', [])];
  const beginPart = () => database.transaction({ propagation: 'nested' }, async (tx) => tx.beginWith('SELECT 1', []));
  for (const wrong of [beginLate, beginTwice, beginPart]) {
    const error = await failureOf(database.transaction<unknown>(wrong));
    expect(error).toMatchObject({ reason: 'OPTION_INVALID' });
  }
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
