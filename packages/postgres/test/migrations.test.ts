import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Database, openDatabase, runMigrations } from '@mainstay/postgres';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';

const first = new URL('fixtures/first/', import.meta.url);
const second = new URL('fixtures/second/', import.meta.url);

let db: TestDatabase;
let folder: string;

beforeEach(async () => {
  db = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'migrations-test-'));
});

afterEach(async () => {
  await db[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const write = (file: string, sql: string): Promise<void> => writeFile(join(folder, file), sql);

/** Runs the files of the temporary folder as the set `own`. */
function runOwn(database: Database = db.database) {
  return runMigrations({ database, directory: { name: 'own', directory: pathToFileURL(`${folder}/`) } });
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'it did not fail',
    (error: unknown) => error,
  );
}

test('the files of two folders are applied in order, once', async () => {
  const options = { url: db.url, directory: [second, first] };
  expect(await runMigrations(options)).toEqual({
    applied: ['second/0001-create-tags', 'first/0001-create-notes', 'first/0002-add-count'],
  });
  expect(await runMigrations(options)).toEqual({ applied: [] });
  const { rows } = await db.database.query('SELECT name, kind FROM schema_migrations ORDER BY name');
  expect(rows).toEqual([
    { name: 'first/0001-create-notes', kind: 'compatible' },
    { name: 'first/0002-add-count', kind: 'compatible' },
    { name: 'second/0001-create-tags', kind: 'breaking' },
  ]);
});

test('a folder named migrations takes the name of the folder around it', async () => {
  await cp(first, join(folder, 'orders', 'migrations'), { recursive: true });
  const directory = pathToFileURL(join(folder, 'orders', 'migrations'));
  expect((await runMigrations({ url: db.url, directory })).applied[0]).toBe('orders/0001-create-notes');
});

test('8 instances that start at once apply each file once', async () => {
  await write('0001-slow.sql', '-- compatible\nCREATE TABLE slow (n int);\nSELECT pg_sleep(0.05);\n');
  await write('0002-insert.sql', '-- compatible\nINSERT INTO slow VALUES (1);\n');
  const pools = await Promise.all(Array.from({ length: 8 }, () => openDatabase({ url: db.url, name: 'instance' })));
  const results = await Promise.all(pools.map((pool) => runOwn(pool)));
  await Promise.all(pools.map((pool) => pool[Symbol.asyncDispose]()));

  expect(results.flatMap(({ applied }) => applied).sort()).toEqual(['own/0001-slow', 'own/0002-insert']);
  expect((await db.database.query('SELECT n FROM slow')).rowCount).toBe(1);
});

test('a migration may take longer than the statement time-out', async () => {
  await using hasty = await openDatabase({ url: db.url, name: 'hasty', statementTimeoutMs: 50 });
  await write('0001-slow.sql', '-- compatible\nSELECT pg_sleep(0.2);\n');
  expect(await runOwn(hasty)).toEqual({ applied: ['own/0001-slow'] });
});

test('a file changed after it was applied is refused, and nothing after it is applied', async () => {
  await write('0001-a.sql', '-- compatible\nCREATE TABLE a (n int);\n');
  await runOwn();
  await write('0001-a.sql', '-- compatible\nCREATE TABLE a (n bigint);\n');
  await write('0002-b.sql', '-- compatible\nCREATE TABLE b (n int);\n');
  const error = await failureOf(runOwn());

  expect(error).toMatchObject({ reason: 'MIGRATION_CHANGED', code: 'failed_precondition' });
  expect(String(error)).toMatch(/own\/0001-a was changed after it was applied/);
  expect((await db.database.query(`SELECT to_regclass('b') AS b`)).rows).toEqual([{ b: null }]);
});

test('an older version runs on a database that is one compatible migration ahead, not one breaking', async () => {
  await write('0001-a.sql', '-- compatible\n');
  await write('0002-b.sql', '-- compatible\n');
  await runOwn();
  await rm(join(folder, '0002-b.sql'));
  expect(await runOwn()).toEqual({ applied: [] });

  await db.database.query(`UPDATE schema_migrations SET kind = 'breaking' WHERE number = 2`);
  expect(await failureOf(runOwn())).toMatchObject({ reason: 'MIGRATION_AHEAD' });
});

test('a file that fails is rolled back whole; the one before it stays', async () => {
  await write('0001-a.sql', '-- compatible\nCREATE TABLE a (n int);\n');
  await write('0002-b.sql', '-- compatible\nCREATE TABLE b (n int);\nCREATE TABLE a (n int);\n');
  const error = await failureOf(runOwn());

  expect(error).toMatchObject({ reason: 'MIGRATION_FAILED' });
  expect(String(error)).toContain('migration own/0002-b failed: relation "a" already exists');
  const { rows } = await db.database.query(`SELECT to_regclass('a') IS NULL AS a, to_regclass('b') IS NULL AS b`);
  expect(rows).toEqual([{ a: false, b: true }]);
});

test('a file that commits by itself is refused', async () => {
  await write('0001-a.sql', '-- compatible\nCREATE TABLE a (n int);\nCOMMIT;\nBEGIN;\n');
  expect(await failureOf(runOwn())).toMatchObject({ reason: 'MIGRATION_INVALID' });
  await write('0001-a.sql', '-- compatible\nCREATE TABLE c (n int);\nCOMMIT;\n');
  expect(await failureOf(runOwn())).toMatchObject({ reason: 'MIGRATION_INVALID' });
});

test.each([
  ['a gap', ['0001-a.sql', '0003-c.sql'], /own\/0003-c leaves a gap: 2 is missing/],
  ['a duplicate number', ['0001-a.sql', '0002-b.sql', '0002-c.sql'], /own\/0002-c is a duplicate number/],
  ['a start above 1', ['0002-b.sql'], /leaves a gap: 1 is missing/],
  ['number 0', ['0000-a.sql'], /own\/0000-a is a duplicate number|leaves a gap/],
])('%s is refused before anything is applied', async (_, files, message) => {
  for (const file of files) await write(file, '-- compatible\n');
  const error = await failureOf(runOwn());
  expect(error).toMatchObject({ reason: 'MIGRATION_INVALID' });
  expect(String(error)).toMatch(message);
  expect((await db.database.query(`SELECT to_regclass('schema_migrations') AS t`)).rows).toEqual([{ t: null }]);
});

test('two folders of one name and a folder that is not there are refused', async () => {
  expect(await failureOf(runMigrations({ url: db.url, directory: [first, first] }))).toMatchObject({
    reason: 'MIGRATION_INVALID',
  });
  expect(await failureOf(runMigrations({ url: db.url, directory: new URL('nowhere/', first) }))).toMatchObject({
    reason: 'MIGRATION_INVALID',
  });
});
