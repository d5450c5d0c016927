import { chown, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase } from '@mainstay/postgres';
import { expect, test } from 'vitest';
import { failureOf, gone, run, useDataFolder, watchersOf } from './embedded-harness.ts';
import { startOwner } from './owner-process.ts';

const folder = useDataFolder();

test('kill -9 of the server loses no committed row, is told, and the pool recovers when it is back on its port', async () => {
  const first = await folder.start({ fsync: true });
  await using database = await openDatabase({ url: first.url, name: 'recovering' });
  await database.query('CREATE TABLE kept (n int)');
  await Promise.all(Array.from({ length: 10 }, (_, n) => database.query('INSERT INTO kept VALUES ($1)', [n])));

  const busy = failureOf(database.query('SELECT sum(n) FROM generate_series(1, 1e12) AS n'));
  process.kill(first.pid, 'SIGKILL');
  await first.ended;
  expect(await failureOf(database.query('SELECT 1'))).toMatchObject({ reason: 'DATABASE_UNAVAILABLE', executed: 'no' });
  expect(await failureOf(database.ping())).toMatchObject({ code: 'unavailable', retry: 'after' });
  await first[Symbol.asyncDispose]();
  expect(await busy).toMatchObject({ reason: 'DATABASE_UNAVAILABLE', executed: 'maybe' });

  await using second = await folder.start({ port: first.port });
  expect(second.port).toBe(first.port);
  expect((await database.query('SELECT count(*) FROM kept')).rows).toEqual([{ count: 10n }]);
});

test('kill -9 of the owner lets the server end by itself, and the next start works', async () => {
  const owner = await startOwner(folder.path);
  await run(owner.answer.url, 'CREATE TABLE kept AS SELECT 7 AS n');
  owner.child.kill('SIGKILL');
  await gone(owner.answer.pid);

  await using server = await folder.start();
  expect(await run(server.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
});

test('a server that outlived owner and watcher is stopped by the next start, and loses nothing', async () => {
  const owner = await startOwner(folder.path);
  await run(owner.answer.url, 'CREATE TABLE kept AS SELECT 7 AS n');
  for (const pid of await watchersOf(owner.answer.pid)) process.kill(pid, 'SIGKILL');
  owner.child.kill('SIGKILL');
  await owner.exited;
  await run(owner.answer.url, 'SELECT 1');

  await using server = await folder.start();
  expect(server.pid).not.toBe(owner.answer.pid);
  await gone(owner.answer.pid);
  expect(await run(server.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
});

test('kill -9 of owner, watcher and server at once, amid a long statement, loses no committed row', async () => {
  const owner = await startOwner(folder.path);
  await run(owner.answer.url, 'CREATE TABLE kept AS SELECT 7 AS n');
  await using database = await openDatabase({ url: owner.answer.url, name: 'busy' });
  const busy = failureOf(database.query('SELECT sum(n) FROM generate_series(1, 1e12) AS n'));
  const watchers = await watchersOf(owner.answer.pid);
  for (const pid of [...watchers, owner.child.pid ?? 0, owner.answer.pid]) process.kill(pid, 'SIGKILL');
  await owner.exited;

  await using server = await folder.start();
  expect(await run(server.url, 'SELECT n FROM kept')).toEqual([{ n: 7 }]);
  expect(await busy).toMatchObject({ reason: 'DATABASE_UNAVAILABLE', executed: 'maybe' });
});

test('the lock file of a dead server whose number another program has now does not stop the next start', async () => {
  await (await folder.start())[Symbol.asyncDispose]();
  const file = join(folder.path, 'cluster', 'postmaster.pid');
  await writeFile(file, `${process.pid}\n${folder.path}\n`);
  const { uid, gid } = await stat(join(folder.path, 'cluster'));
  await chown(file, uid, gid);

  await using server = await folder.start();
  await run(server.url, 'SELECT 1');
});

test('a Ctrl-C in the terminal reaches the owner and not the server', async () => {
  const owner = await startOwner(folder.path);
  process.kill(-(owner.child.pid ?? 0), 'SIGINT');
  expect(await owner.nextLine()).toBe('SIGINT');
  expect(await run(owner.answer.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);

  owner.child.stdin?.end();
  expect(await owner.nextLine()).toBe('stopped');
  await gone(owner.answer.pid);
});

test('a start that was killed half-way is begun anew', async () => {
  await writeFile(join(folder.path, 'owner.json'), '{"pid":');
  await mkdir(join(folder.path, 'initialising-1', 'cluster'), { recursive: true });

  await using server = await folder.start();
  await run(server.url, 'SELECT 1');
  expect((await readdir(folder.path)).sort()).toEqual(['cluster', 'owner.json', 'superuser-password']);
});
