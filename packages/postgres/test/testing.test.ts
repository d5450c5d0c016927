import { mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase } from '@mainstay/postgres/testing';
import { expect, test } from 'vitest';
import { startTestServer } from '../src/testing/test-server.ts';

const migrations = [new URL('fixtures/first/', import.meta.url)];

test('two test databases of one migration set are separate copies', async () => {
  await using one = await testDatabase({ migrations });
  await using two = await testDatabase({ migrations });

  await one.database.query('INSERT INTO notes (body) VALUES ($1)', ['only here']);

  const counts = await Promise.all(
    [one, two].map(async ({ database }) => (await database.query('SELECT count(*) FROM notes')).rows[0]),
  );
  expect(counts).toEqual([{ count: 1n }, { count: 0n }]);
});

test('a test database is gone after its disposal', async () => {
  const gone = await testDatabase({ migrations });
  await gone[Symbol.asyncDispose]();

  await using other = await testDatabase();
  const name = new URL(gone.url).pathname.slice(1);
  expect((await other.database.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])).rowCount).toBe(0);
});

test('ten test databases are made at once from a template that does not exist yet', async () => {
  const made = await Promise.all(
    Array.from({ length: 10 }, () => testDatabase({ migrations: [{ name: 'racing', directory: migrations[0]! }] })),
  );
  for (const { database } of made) {
    expect((await database.query('SELECT count(*) FROM notes')).rows).toEqual([{ count: 0n }]);
  }
  await Promise.all(made.map((db) => db[Symbol.asyncDispose]()));
});

test('what a killed run left behind is removed by the next one, and a run in progress is not', async () => {
  const [dead, young] = await Promise.all([leftOver(), leftOver()]);
  const longAgo = new Date(Date.now() - 3_600_000);
  await utimes(dead, longAgo, longAgo);

  await using server = await startTestServer();
  expect(server.port).toBeGreaterThan(0);
  expect(await exists(dead)).toBe(false);
  expect(await exists(young)).toBe(true);
  await using running = await testDatabase();
  await running.database.ping();
  await rm(young, { recursive: true });
});

async function leftOver(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-test-postgres-'));
  await writeFile(
    join(folder, 'owner.json'),
    JSON.stringify({ pid: process.pid, start: 'an earlier process of this number' }),
  );
  return folder;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
