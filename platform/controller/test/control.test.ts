import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { leakCheck } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { createControlClient, dataPaths } from '../src/client.ts';
import { fixtureProject, startFixture } from './fixture-fleet.ts';

test.each([
  ['in the data directory', 'data'],
  ['under a hash, for a path of more than 107 bytes,', `${'long-name-'.repeat(12)}/data`],
])('a client reads the status and restarts a component over a socket %s', async (_, dataName) => {
  await using __ = leakCheck();
  await using project = await fixtureProject();
  await project.write([{ name: 'worker' }]);
  const dataDir = join(project.root, dataName);
  await mkdir(dataDir, { recursive: true });
  await using started = await startFixture({ ...project, dataDir });
  const client = createControlClient(dataDir);
  const before = await started.pid('worker');
  await client.restart('worker', { env: { POINTS: 'x' } });
  const answer = (await (await fetch(await started.url('worker'))).json()) as { env: NodeJS.ProcessEnv };

  expect((await client.status()).components.map(({ name }) => name)).toEqual(['controller', 'worker']);
  expect(await started.pid('worker')).not.toBe(before);
  expect(answer.env.POINTS).toBe('x');
  expect((await stat(dataPaths(dataDir).socket)).mode & 0o777).toBe(0o600);
});

test('errors come through as they are', async () => {
  await using project = await fixtureProject();
  await project.write([{ name: 'worker' }]);
  await using _ = await startFixture(project);
  const client = createControlClient(project.dataDir);

  await expect(client.stop('orderz')).rejects.toMatchObject({
    reason: 'FLEET_SERVICE_UNKNOWN',
    rawMessage: 'there is no orderz; choose one of worker',
  });
});

test('a shutdown over the socket returns when the data directory is free', async () => {
  await using _ = leakCheck();
  await using project = await fixtureProject();
  await project.write([{ name: 'worker' }]);
  const first = await startFixture(project);
  await createControlClient(project.dataDir).shutdown();
  await first.fleet.stopped;
  await using second = await startFixture(project);

  expect((await second.fleet.status()).state).toBe('running');
});

test('without a fleet every command says so', async () => {
  await using project = await fixtureProject();

  await expect(createControlClient(project.dataDir).status()).rejects.toMatchObject({
    reason: 'FLEET_NOT_RUNNING',
    message: expect.stringContaining('mainstay up'),
  });
});
