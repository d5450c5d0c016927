import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { leakCheck } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { fixtureProject, isAlive, startFixture } from './fixture-fleet.ts';

test('starts what is first before the rest, stops edge, services, platform, external, and leaves nothing', async () => {
  await using _ = leakCheck();
  await using project = await fixtureProject();
  await project.write([
    { name: 'outside', kind: 'external' },
    { name: 'gate', kind: 'edge' },
    { name: 'worker', kind: 'service' },
    { name: 'book', kind: 'platform', lines: ['first: true'] },
  ]);
  const { fleet } = await startFixture(project);
  const pids = (await fleet.status()).components.filter(({ name }) => name !== 'controller').map(({ pid }) => pid ?? 0);
  await fleet[Symbol.asyncDispose]();
  const journal = await project.journal();

  expect(pids).toHaveLength(4);
  expect(pids.filter(isAlive)).toEqual([]);
  expect(journal.indexOf('book ready')).toBeLessThan(journal.indexOf('worker started'));
  expect(journal.filter((line) => line.endsWith('drained'))).toEqual([
    'gate drained',
    'worker drained',
    'book drained',
    'outside drained',
  ]);
});

test('the status names every component with health, version, uptime, memory and restarts, and sums the memory', async () => {
  await using project = await fixtureProject();
  await project.write([{ name: 'worker' }]);
  await using started = await startFixture(project);
  const status = await started.fleet.status();
  const worker = status.components.find(({ name }) => name === 'worker');

  expect(status).toMatchObject({ name: 'fixture', state: 'running', placement: 'processes' });
  expect(worker).toMatchObject({ state: 'running', health: 'ready', version: '0.0.0', restarts: 0 });
  expect(worker?.instance_id).toBe(`worker-${worker?.pid}`);
  expect(worker?.memory_bytes).toBeGreaterThan(10_000_000);
  const sum = status.components.reduce((total, { memory_bytes }) => total + (memory_bytes ?? 0), 0);
  expect(status.memory_bytes).toBe(sum);
});

test('fills in ports, secrets and data, and a secret is the same at the next start', async () => {
  await using project = await fixtureProject();
  const env = { A: '${port.spare}', B: '${secret.shared}', C: '${data}/x' };
  await project.write(
    [{ name: 'worker', env }],
    ['secrets: [shared]', 'ports: { spare: free }', 'environment: { ALL: 5 }'],
  );
  const seen = [];
  for (let i = 0; i < 2; i++) {
    await using started = await startFixture(project, { env: { FROM_CALLER: 'yes' } });
    const answer = await fetch(await started.url('worker'));
    const { env: got } = (await answer.json()) as { env: Record<string, string> };
    seen.push(got);

    expect(Number(got.A)).toBe(started.fleet.port('spare'));
    expect(got).toMatchObject({ C: join(project.dataDir, 'x'), ALL: '5', FROM_CALLER: 'yes', MAINSTAY_MODE: 'local' });
  }

  expect(seen[0]?.B).toMatch(/^[0-9a-f]{64}$/);
  expect(seen[1]?.B).toBe(seen[0]?.B);
  expect(seen[1]?.MAINSTAY_INTERNAL_KEY).toBe(seen[0]?.MAINSTAY_INTERNAL_KEY);
  expect(JSON.parse(await readFile(join(project.dataDir, 'secrets.json'), 'utf8'))).toHaveProperty('internal_key');
});

test('a crashed process is started again after about 250 ms, told and counted', async () => {
  await using project = await fixtureProject();
  await project.write([{ name: 'worker' }, { name: 'other' }]);
  await using started = await startFixture(project);
  const [before, bystander] = [await started.pid('worker'), await started.pid('other')];
  await fetch(`${await started.url('worker')}/crash`).catch(() => undefined);
  await expect.poll(() => started.pid('worker')).not.toBe(before);
  await expect
    .poll(async () => (await started.fleet.status()).components.find(({ name }) => name === 'worker'))
    .toMatchObject({ state: 'running', health: 'ready', restarts: 1 });
  const crash = started.events.find(({ type }) => type === 'crashed');

  expect(crash).toMatchObject({ component: 'worker', why: expect.stringContaining('it ended with code 3') });
  expect((crash as { restartInMs: number }).restartInMs).toBeGreaterThanOrEqual(200);
  expect((crash as { restartInMs: number }).restartInMs).toBeLessThanOrEqual(250);
  expect(await started.pid('other')).toBe(bystander);
});

test('a kill -9 is told as such', async () => {
  await using project = await fixtureProject();
  await project.write([{ name: 'worker' }]);
  await using started = await startFixture(project);
  process.kill(await started.pid('worker'), 'SIGKILL');

  await expect
    .poll(() => started.events.find(({ type }) => type === 'crashed'))
    .toMatchObject({
      why: 'it was ended by SIGKILL',
    });
});

test('one component can be stopped, started and restarted with another environment for that one start', async () => {
  await using project = await fixtureProject();
  await project.write([{ name: 'worker' }, { name: 'other' }]);
  await using started = await startFixture(project);
  const { fleet } = started;
  const envOf = async () =>
    ((await (await fetch(await started.url('worker'))).json()) as { env: NodeJS.ProcessEnv }).env;
  const stateOf = async () => (await fleet.status()).components.find(({ name }) => name === 'worker');

  await fleet.stop('worker');
  expect(await stateOf()).toMatchObject({ state: 'stopped', pid: null, health: 'unknown', memory_bytes: null });
  await fleet.start('worker', { env: { POINTS: 'a=kill' } });
  expect((await envOf()).POINTS).toBe('a=kill');
  await fleet.restart('worker');
  expect((await envOf()).POINTS).toBeUndefined();
  expect(await stateOf()).toMatchObject({ state: 'running', restarts: 0 });
  await expect(fleet.stop('orderz')).rejects.toThrow('there is no orderz; choose one of worker, other');
});

test('a component that is not ready is shown and told, and left alone', async () => {
  await using project = await fixtureProject();
  await project.write([{ name: 'worker' }]);
  await using started = await startFixture(project);
  await started.fleet.status();
  const pid = await started.pid('worker');
  await fetch(`${await started.url('worker')}/unready`);
  const status = await started.fleet.status();

  expect(status.components.find(({ name }) => name === 'worker')).toMatchObject({ health: 'not_ready', pid });
  expect(started.events).toContainEqual({ type: 'progress', component: 'worker', line: 'is not ready' });
});

test('a process that says again that it is ready is shown and asked at its new address', async () => {
  await using project = await fixtureProject();
  await project.write([{ name: 'worker' }]);
  await using started = await startFixture(project);
  const before = await started.url('worker');
  await fetch(`${before}/move`);
  await expect.poll(() => started.url('worker')).not.toBe(before);

  const { components } = await started.fleet.status();
  const { management_url: now, health } = components.find(({ name }) => name === 'worker') ?? {};
  expect([now, health]).toEqual([await started.url('worker'), 'ready']);
});

test('a process that does not drain is killed at the limit', async () => {
  await using project = await fixtureProject();
  await project.write([{ name: 'worker', env: { FIXTURE_STUBBORN: '1' } }]);
  const started = await startFixture(project, { stopLimitMs: 200 });
  const pid = await started.pid('worker');
  await started.fleet[Symbol.asyncDispose]();

  expect(isAlive(pid)).toBe(false);
  expect(started.events.at(-1)).toMatchObject({ type: 'stopped', why: expect.stringContaining('200 ms') });
});

test('kill ends everything at once, also what would not drain', async () => {
  await using project = await fixtureProject();
  await project.write([{ name: 'worker', env: { FIXTURE_STUBBORN: '1' } }, { name: 'other' }]);
  const started = await startFixture(project);
  const pids = [await started.pid('worker'), await started.pid('other')];
  started.fleet.kill();
  await started.fleet.stopped;

  expect(pids.filter(isAlive)).toEqual([]);
  expect((await project.journal()).filter((line) => line.endsWith('drained'))).toEqual([]);
});

test('a service that was ready and cannot start any more is told after three attempts, and still tried', async () => {
  await using project = await fixtureProject();
  await project.write([{ name: 'worker', env: { FIXTURE_FAIL_IF: join(project.root, 'broken') } }]);
  await using started = await startFixture(project);
  await started.fleet.stop('worker');
  await writeFile(join(project.root, 'broken'), '');

  await expect(started.fleet.start('worker')).rejects.toThrow(
    /worker did not start: .*, it is tried again; its log is /,
  );
  await rm(join(project.root, 'broken'));
  await expect.poll(() => started.pid('worker'), { timeout: 5_000 }).toBeGreaterThan(0);
});

test('pauses grow from crash to crash, and begin anew after a restart that was asked for', async () => {
  await using project = await fixtureProject();
  await project.write([{ name: 'worker' }]);
  await using started = await startFixture(project);
  const crash = async (): Promise<number> => {
    const before = started.events.length;
    await fetch(`${await started.url('worker')}/crash`).catch(() => undefined);
    const since = (type: string) => started.events.slice(before).find((event) => event.type === type);
    await expect.poll(() => since('ready'), { timeout: 5_000 }).toBeDefined();
    return (since('crashed') as { restartInMs: number }).restartInMs;
  };
  const [first, second] = [await crash(), await crash()];
  await started.fleet.restart('worker');

  expect(first).toBeLessThanOrEqual(250);
  expect(second).toBeGreaterThanOrEqual(400);
  expect(await crash()).toBeLessThanOrEqual(250);
});
