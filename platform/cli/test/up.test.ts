import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { fixedPort } from '@mainstay/kernel';
import { expect, test, vi } from 'vitest';
import { anyAlive, createProject } from './command.ts';

const notes = ['notes: [{ title: Addresses, lines: ["data in ${data}"] }]'];

// Processes start in a second; on a machine with much else to do in many.
vi.setConfig({ testTimeout: 60_000 });

test('up prints plain lines and the notes without a terminal, and SIGINT drains and leaves nothing', async () => {
  await using project = await createProject({ orders: {}, users: {} }, notes);
  const up = project.command(['up']);
  await up.saw(/Ctrl-C stops it/);
  const pids = await project.pids();
  up.child.kill('SIGINT');
  const { code, stdout, stderr } = await up.finished;

  expect([code, stderr, pids.length]).toEqual([0, '', 2]);
  expect(stdout).toMatch(/^(orders|users): ready after \d\.\d s$/m);
  expect(stdout).toMatch(/^demo is up after \d\.\d s \(3 processes, \d+ MB\)$/m);
  expect(stdout).toContain(`Addresses\n  data in ${project.root}/.mainstay\n`);
  expect(stdout).toMatch(/orders: stopped[\s\S]*demo stopped\n$/);
  expect(stdout).not.toContain('\x1b');
  expect(await anyAlive(pids)).toBe(false);
});

test('SIGUSR2, which is meant for a gateway, ends no controller, on a terminal or detached', async () => {
  await using project = await createProject({ orders: {} });
  const up = project.command(['up']);
  await up.saw(/Ctrl-C stops it/);
  up.child.kill('SIGUSR2');
  await up.saw(/SIGUSR2 does nothing here/);
  up.child.kill('SIGINT');
  expect((await up.finished).code).toBe(0);

  await project.run('up', '--detach');
  const status = async (): Promise<string> => (await project.run('status')).stdout;
  process.kill(Number(/controller-(\d+)/.exec(await status())?.[1]), 'SIGUSR2');
  expect((await project.run('restart', 'orders')).code).toBe(0);
  expect(await status()).toMatch(/^orders .* ready /m);
});

test('two SIGINT at once, as npm makes them, still drain; one after 500 ms ends at once', async () => {
  await using project = await createProject({ orders: { FIXTURE_STUBBORN: '1' } });
  const up = project.command(['up']);
  await up.saw(/Ctrl-C stops it/);
  const pids = await project.pids();
  up.child.kill('SIGINT');
  await up.saw(/stopping/);
  up.child.kill('SIGINT');
  await pause(550);
  const wasAlive = await anyAlive(pids);
  up.child.kill('SIGINT');

  expect((await up.finished).code).toBe(0);
  expect(wasAlive).toBe(true);
  expect(await anyAlive(pids)).toBe(false);
});

test('Ctrl-C while starting stops what was started, with exit code 130 and no error', async () => {
  await using project = await createProject({ orders: {}, users: { FIXTURE_SILENT: '1' } });
  const up = project.command(['up']);
  await up.saw(/orders: ready/);
  const pids = await project.pids();
  up.child.kill('SIGINT');
  const { code, stderr } = await up.finished;

  expect([code, stderr]).toEqual([130, '']);
  expect(await anyAlive(pids)).toBe(false);
});

test('a service that cannot start is one line with its own words, and exit code 1', async () => {
  await using project = await createProject({ orders: { FIXTURE_FAIL: 'ORDERS_X must be a number' }, users: {} });
  const { code, stderr } = await project.run('up');

  expect(code).toBe(1);
  expect(stderr).toMatch(/^mainstay: orders did not start: ORDERS_X must be a number .*orders\.log\n$/);
});

test('a second up is refused with the pid of the first', async () => {
  await using project = await createProject({ orders: {} });
  const up = project.command(['up']);
  await up.saw(/Ctrl-C stops it/);
  const second = await project.run('up');

  expect(second.code).toBe(1);
  expect(second.stderr).toMatch(new RegExp(`^mainstay: a fleet is already running .* pid ${up.child.pid};.*\n$`));
});

test('a port in use is one line with its number, and exit code 1', async () => {
  await using project = await createProject({ orders: {} }, ['ports: { web: gateway }']);
  const taken = createServer();
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as { port: number };
  const offset = port - fixedPort('gateway', 0);
  const { code, stderr } = await project.run('up', '--port-offset', String(offset));
  taken.close();

  expect(code).toBe(1);
  expect(stderr).toBe(
    `mainstay: port ${port} (web) in use by another program; stop it, or move the fleet with --port-offset\n`,
  );
});

test('up --detach returns when ready and leaves a fleet that down ends', async () => {
  await using project = await createProject({ orders: {}, users: {} }, notes);
  const up = await project.run('up', '--detach');
  const pids = await project.pids();
  const wereAlive = await anyAlive(pids);
  const down = await project.run('down');

  expect([up.code, up.stderr, wereAlive]).toEqual([0, '', true]);
  expect(up.stdout).toContain('Addresses\n');
  expect(up.stdout).toContain('`npm run mainstay down` stops it');
  expect(down).toMatchObject({ code: 0, stdout: expect.stringMatching(/^stopped after \d\.\d s\n$/) });
  expect(await anyAlive(pids)).toBe(false);
});

test('up --detach tells why it failed in one line, and Ctrl-C before ready leaves nothing', async () => {
  await using failing = await createProject({ orders: { FIXTURE_FAIL: 'no disk for orders' } });
  await using slow = await createProject({ orders: {}, users: { FIXTURE_SILENT: '1' } });
  const failed = await failing.run('up', '--detach');
  const up = slow.command(['up', '--detach']);
  await up.saw(/orders: ready/);
  const pids = await slow.pids();
  up.child.kill('SIGINT');

  expect(failed.code).toBe(1);
  expect(failed.stderr).toMatch(/^mainstay: orders did not start: no disk for orders .*\n$/);
  expect(await up.finished).toMatchObject({ code: 130, stderr: '' });
  expect(await anyAlive(pids)).toBe(false);
});
