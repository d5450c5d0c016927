import { once } from 'node:events';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { openDatabase } from '@mainstay/postgres';
import type { EmbeddedPostgres } from '@mainstay/postgres/embedded';
import { expect, test } from 'vitest';
import { failureOf, gone, run, useDataFolder } from './embedded-harness.ts';
import { startOwner } from './owner-process.ts';

const folder = useDataFolder();

test('a server starts, keeps what was committed over a clean stop, and leaves nothing running', async () => {
  let first: EmbeddedPostgres;
  {
    await using server = await folder.start();
    first = server;
    await run(server.url, 'CREATE TABLE kept AS SELECT 7 AS n');
  }
  await gone(first.pid);
  expect(await first.ended).toContain('database system is shut down');
  expect((await readdir(folder.path)).sort()).toEqual(['cluster', 'superuser-password']);

  await using second = await folder.start();
  expect(await run(second.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
});

test('the cluster is UTF-8 with fixed case rules, takes passwords only, and listens on 127.0.0.1 alone', async () => {
  await using server = await folder.start();
  const settings = await run(
    server.url,
    `SELECT current_setting('server_encoding') AS encoding, current_setting('listen_addresses') AS address,
            current_setting('unix_socket_directories') AS sockets, current_setting('data_checksums') AS checksums,
            lower('ÄÖÜ') AS lower, 'a' < 'B' AS by_locale, current_setting('timezone') AS zone`,
  );
  expect(settings).toEqual([
    {
      encoding: 'UTF8',
      address: '127.0.0.1',
      sockets: '',
      checksums: 'on',
      lower: 'äöü',
      by_locale: false,
      zone: 'UTC',
    },
  ]);
  const rules = await run(server.url, 'SELECT DISTINCT auth_method FROM pg_hba_file_rules');
  expect(rules).toEqual([{ auth_method: 'scram-sha-256' }]);
  expect((await stat(join(folder.path, 'superuser-password'))).mode & 0o777).toBe(0o600);
  const wrong = Object.assign(new URL(server.url), { password: 'wrong' }).toString();
  expect(await failureOf(run(wrong, 'SELECT 1'))).toMatchObject({ reason: 'DATABASE_ACCESS_DENIED' });
});

test('fsync is on unless switched off', async () => {
  await using server = await folder.start({ fsync: true });
  expect(
    await run(server.url, `SELECT current_setting('fsync') AS f, current_setting('synchronous_commit') AS s`),
  ).toEqual([{ f: 'on', s: 'on' }]);
});

test('a second owner is refused with the process number of the first, in this process and in another', async () => {
  await using server = await folder.start();
  for (const error of [await failureOf(folder.start()), (await startOwner(folder.path)).answer.error]) {
    expect(String((error as Error).message ?? error)).toContain(
      `the data folder ${folder.path} is in use by process ${process.pid}; stop it or choose another folder`,
    );
  }
  await run(server.url, 'SELECT 1');
});

test('of 5 owners that start at once on a new folder 1 gets it', async () => {
  const results = await Promise.allSettled(Array.from({ length: 5 }, () => folder.start()));
  const started = results.filter((result) => result.status === 'fulfilled');
  const refused = results.filter((result) => result.status === 'rejected');

  expect(started).toHaveLength(1);
  expect(refused.map(({ reason }) => reason.reason)).toEqual(Array(4).fill('EMBEDDED_DATA_IN_USE'));
  await started[0]?.value[Symbol.asyncDispose]();
});

test('a stop does not wait for open connections', async () => {
  const server = await folder.start();
  await using database = await openDatabase({ url: server.url, name: 'still-open' });
  const running = failureOf(database.query('SELECT pg_sleep(60)'));
  await server[Symbol.asyncDispose]();
  expect(await running).toMatchObject({ reason: 'DATABASE_UNAVAILABLE', executed: 'maybe' });
});

test('a port that another program uses is refused in one line, and the folder is free afterwards', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  const error = await failureOf(folder.start({ port }));
  other.close();

  expect(error).toMatchObject({ reason: 'EMBEDDED_START_FAILED' });
  expect((error as Error).message).toBe(
    '[failed_precondition] the port of the embedded PostgreSQL is in use by another program',
  );
  await using server = await folder.start();
  await run(server.url, 'SELECT 1');
});

test('a data folder that is a file, and a port out of range, are refused in one line', async () => {
  await writeFile(join(folder.path, 'file'), '');
  for (const path of ['file', 'file/below']) {
    const error = await failureOf(folder.start({ dataDir: join(folder.path, path) }));
    expect((error as Error).message).toMatch(/cannot be a data folder: it, or something in its path, is a file$/);
  }
  expect(await failureOf(folder.start({ port: 65_536 }))).toMatchObject({ reason: 'OPTION_INVALID' });
});

test('a folder of another PostgreSQL version is refused with that version', async () => {
  await (await folder.start())[Symbol.asyncDispose]();
  await writeFile(join(folder.path, 'cluster', 'PG_VERSION'), '12\n');
  expect(String(await failureOf(folder.start()))).toMatch(
    /was made by PostgreSQL 12 and this is 18; export it with that version/,
  );
});
