import { openDatabase } from '@mainstay/postgres';
import { ensureServiceDatabase } from '@mainstay/postgres/embedded';
import { testServerUrl } from '@mainstay/postgres/testing';
import { expect, test } from 'vitest';

const adminUrl = testServerUrl();
const password = 'a-password-of-20-chars';
let count = 0;

/** A name that no other test uses: the server is shared. */
const newService = (): string => `service-${process.pid}-${count++}`;
const ensure = (service: string, own: { password?: string } = {}) =>
  ensureServiceDatabase({ adminUrl, service, password, ...own });
const open = (url: string) => openDatabase({ url, name: 'service-test', maxConnections: 2 });

function at(url: string, change: Partial<URL>): string {
  return Object.assign(new URL(url), change).toString();
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'it did not fail',
    (error: unknown) => error,
  );
}

test('a role owns its database and may create tables in it', async () => {
  const service = newService();
  await using database = await open((await ensure(service)).url);
  await database.query('CREATE TABLE own (n int)');
  const { rows } = await database.query('SELECT current_user AS role, current_database() AS name');
  expect(rows).toEqual([{ role: service, name: service }]);
});

test('a role connects to no other database: neither of a service nor postgres nor template1', async () => {
  const [own, other] = [newService(), newService()];
  const { url } = await ensure(own);
  await ensure(other);
  for (const name of [other, 'postgres', 'template1']) {
    const error = await failureOf(open(at(url, { pathname: `/${name}` })));
    expect(error, name).toMatchObject({ reason: 'DATABASE_ACCESS_DENIED' });
  }
});

test('a role that existed first cannot connect to a database made later', async () => {
  const [early, late] = [newService(), newService()];
  const { url } = await ensure(early);
  await using admin = await open(adminUrl);
  await admin.query(`CREATE DATABASE "${late}"`);
  await ensure(late);
  expect(await failureOf(open(at(url, { pathname: `/${late}` })))).toMatchObject({ reason: 'DATABASE_ACCESS_DENIED' });
});

test('a role may create neither roles nor databases, and reads no file of the server', async () => {
  await using database = await open((await ensure(newService())).url);
  for (const text of [
    'CREATE ROLE more',
    'CREATE DATABASE more',
    `SELECT pg_read_file('postgresql.conf')`,
    `COPY (SELECT 1) TO PROGRAM 'true'`,
  ]) {
    expect(await failureOf(database.query(text)), text).toMatchObject({ reason: 'DATABASE_ACCESS_DENIED' });
  }
});

test('a second call keeps the data and replaces the password', async () => {
  const service = newService();
  const before = await ensure(service);
  {
    await using database = await open(before.url);
    await database.query('CREATE TABLE kept AS SELECT 1 AS n');
  }
  const after = await ensure(service, { password: 'another-password-of-ours' });

  expect(await failureOf(open(before.url))).toMatchObject({ reason: 'DATABASE_ACCESS_DENIED' });
  await using database = await open(after.url);
  expect((await database.query('SELECT n FROM kept')).rows).toEqual([{ n: 1 }]);
});

test('6 callers at once for 2 services all succeed', async () => {
  const services = [newService(), newService()];
  const urls = await Promise.all(Array.from({ length: 6 }, (_, n) => ensure(services[n % 2] ?? '')));
  expect(new Set(urls.map(({ url }) => url)).size).toBe(2);
});

test('a password with quotes, backslashes and URL characters works', async () => {
  const { url } = await ensure(newService(), { password: `it's "100%" \\ @:/?#[] ünï` });
  await using database = await open(url);
  await database.ping();
});

test.each([
  '',
  'Orders',
  'a"b',
  `a'; DROP ROLE x; --`,
  'a b',
  '1a',
  'postgres',
  'template1',
  'public',
  'pg_monitor',
  'x'.repeat(64),
])('the service name %j is refused', async (service) => {
  expect(await failureOf(ensure(service))).toMatchObject({ reason: 'OPTION_INVALID' });
});

test('a password of 15 characters is refused, and not shown', async () => {
  const error = await failureOf(ensure(newService(), { password: 'secret-word-123' }));
  expect(error).toMatchObject({ reason: 'OPTION_INVALID' });
  expect(String(error)).not.toContain('secret-word');
});
