import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { fixedPort } from '@mainstay/kernel';
import { leakCheck } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { createControlClient } from '../src/client.ts';
import { startFleet } from '../src/index.ts';
import { fixtureProject, isAlive, startFixture } from './fixture-fleet.ts';

test('a second fleet on one data directory is refused with the pid of the first, which goes on', async () => {
  await using _ = leakCheck();
  await using project = await fixtureProject();
  await project.write([{ name: 'worker' }]);
  await using first = await startFixture(project);

  await expect(startFixture(project)).rejects.toMatchObject({
    reason: 'FLEET_ALREADY_RUNNING',
    message: expect.stringContaining(`pid ${process.pid}`),
  });
  expect(isAlive(await first.pid('worker'))).toBe(true);
});

test('a process that cannot start is tried three times, then its own line is told and all is stopped', async () => {
  await using _ = leakCheck();
  await using project = await fixtureProject();
  await project.write([{ name: 'good' }, { name: 'bad', env: { FIXTURE_FAIL: 'BAD_KEY must be a number' } }]);

  await expect(startFixture(project)).rejects.toMatchObject({
    reason: 'FLEET_START_FAILED',
    message: expect.stringMatching(/bad did not start: bad: BAD_KEY must be a number .*bad\.log/),
  });
  const journal = await project.journal();
  expect(journal.filter((line) => line === 'bad started')).toHaveLength(3);
  expect(journal).toContain('good drained');
  await expect(createControlClient(project.dataDir).status()).rejects.toMatchObject({ reason: 'FLEET_NOT_RUNNING' });
});

test('a taken fixed port is told by number and name before anything starts', async () => {
  await using _ = leakCheck();
  await using project = await fixtureProject();
  const { server, offset } = await takeGatewayPort();
  await project.write([{ name: 'worker' }], ['ports: { gateway: gateway }']);
  const start = startFixture(project, { portOffset: offset });
  try {
    await expect(start).rejects.toThrow(`port ${fixedPort('gateway', offset)} (gateway) in use by another program`);
  } finally {
    server.close();
  }
  expect(await project.journal()).toEqual([]);
});

test('an interrupted start stops what was started', async () => {
  await using _ = leakCheck();
  await using project = await fixtureProject();
  await project.write([{ name: 'worker' }], ['ready: [{ what: nobody, url: "http://127.0.0.1:9/" }]']);
  const interrupt = new AbortController();
  const start = startFleet({
    root: project.root,
    dataDir: project.dataDir,
    signal: interrupt.signal,
    onEvent: (event) => event.type === 'ready' && interrupt.abort(),
  });

  await expect(start).rejects.toMatchObject({ reason: 'CANCELED' });
  expect(await project.journal()).toContain('worker drained');
});

test('a data directory inside a file is refused in words', async () => {
  await using project = await fixtureProject();
  await project.write([{ name: 'worker' }]);
  await writeFile(join(project.root, 'file'), '');

  await expect(startFixture({ ...project, dataDir: join(project.root, 'file', 'data') })).rejects.toMatchObject({
    reason: 'FLEET_DATA_UNUSABLE',
    message: expect.stringContaining('a part of the path is a file'),
  });
});

test.each([-1, 0.5, 50_001])('port offset %d is refused', async (portOffset) => {
  await expect(startFleet({ root: '.', portOffset })).rejects.toThrow('port offset must be an integer from 0 to 50000');
});

/** Takes some port that an offset leads to. */
async function takeGatewayPort(): Promise<{ server: Server; offset: number }> {
  for (let offset = 20_000 + (process.pid % 20_000); ; offset++) {
    const server = createServer();
    const taken = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(fixedPort('gateway', offset), '127.0.0.1', () => resolve(true));
    });
    if (taken) return { server, offset };
  }
}
