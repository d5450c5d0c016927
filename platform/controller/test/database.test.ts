import { openDatabase } from '@mainstay/postgres';
import { leakCheck } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { fixtureProject, startFixture } from './fixture-fleet.ts';

test('each service with a database gets its own, and PostgreSQL comes back at the same address after a crash or a stop', {
  timeout: 60_000,
}, async () => {
  await using _ = leakCheck({ graceMs: 3_000 });
  await using project = await fixtureProject();
  const lines = ['database: true'];
  await project.write([
    { name: 'orders', lines },
    { name: 'users', lines },
    { name: 'gate', kind: 'edge' },
  ]);
  await using started = await startFixture(project);
  const { fleet } = started;
  const envOf = async (name: string) =>
    ((await (await fetch(await started.url(name))).json()) as { env: NodeJS.ProcessEnv }).env;
  const row = async () => (await fleet.status()).components.find(({ name }) => name === 'postgres');
  const url = fleet.databaseUrl('orders') ?? '';

  expect((await envOf('orders')).ORDERS_DATABASE_URL).toBe(url);
  expect((await envOf('orders')).USERS_DATABASE_URL).toBeUndefined();
  expect(await envOf('gate')).not.toHaveProperty('ORDERS_DATABASE_URL');
  const foreign = new URL(url);
  foreign.pathname = '/users';
  await expect(openDatabase({ url: foreign.href, name: 'test' })).rejects.toThrow('the database refused access');

  const before = await row();
  process.kill(before?.pid ?? 0, 'SIGKILL');
  await expect.poll(row, { timeout: 20_000 }).toMatchObject({ state: 'running', health: 'ready', restarts: 1 });
  expect(await row()).toMatchObject({ address: before?.address });
  await pingAs(url);

  await fleet.stop('postgres');
  expect(await row()).toMatchObject({ state: 'stopped', health: 'unknown', pid: null });
  await fleet.start('postgres');
  await pingAs(url);

  expect(await row()).toMatchObject({ address: before?.address, health: 'ready', restarts: 1 });
});

async function pingAs(url: string): Promise<void> {
  await using database = await openDatabase({ url, name: 'test' });
  await database.ping();
}
