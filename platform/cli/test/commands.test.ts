import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createProject, type Project } from './command.ts';

describe('with a running fleet', () => {
  let project: Project;
  beforeAll(async () => {
    project = await createProject({ orders: { ORDERS_REGION: 'north' }, users: {} });
    await project.run('up', '--detach');
  });
  afterAll(() => project[Symbol.asyncDispose]());

  test('status is a table of service, instance, version, health, uptime, memory and restarts with a sum', async () => {
    const { code, stdout } = await project.run('status');

    expect(code).toBe(0);
    expect(stdout).toMatch(/^SERVICE\s+INSTANCE\s+VERSION\s+HEALTH\s+UPTIME\s+MEMORY\s+RESTARTS$/m);
    expect(stdout).toMatch(/^orders\s+fixture-\d+\s+0\.0\.0\s+ready\s+\d+\.\d s\s+\d+ MB\s+0$/m);
    expect(stdout).toMatch(/^memory of the whole fleet: \d+ MB$/m);
    expect(stdout).not.toContain('\x1b');
  });

  test('status --json is the same for programs', async () => {
    const status = JSON.parse((await project.run('status', '--json')).stdout);

    expect(status).toMatchObject({ name: 'demo', state: 'running' });
    expect(status.components.map(({ name }: { name: string }) => name)).toEqual(['controller', 'orders', 'users']);
  });

  test('colour is used when asked for, and never with NO_COLOR', async () => {
    const coloured = await project.command(['status'], { FORCE_COLOR: '1' }).finished;
    const plain = await project.command(['status'], { NO_COLOR: '1' }).finished;

    expect(coloured.stdout).toContain('\x1b[32mready');
    expect(plain.stdout).not.toContain('\x1b');
  });

  test('stop, start and restart act on one service and say how long it took', async () => {
    const stopped = await project.run('stop', 'users');
    const meanwhile = await project.run('status');
    const started = await project.run('start', 'users');
    const restarted = await project.run('restart', 'users', '--env', 'FIXTURE_GREETING=a=b c');
    const [, log = ''] = (await project.run('logs', 'users', '--lines', '1', '--json')).stdout.split('"greeting":');

    expect(stopped.stdout).toMatch(/^users stopped after \d\.\d s\n$/);
    expect(meanwhile.stdout).toMatch(/^users\s+-\s+0\.0\.0\s+stopped\s+-\s+-\s+0$/m);
    expect(started.stdout).toMatch(/^users is ready after \d\.\d s\n$/);
    expect(log).toMatch(/^"a=b c"/);
    expect(restarted.stdout).toMatch(/^users is ready again after \d\.\d s\n$/);
  });

  test('exec runs a command with the environment of a service and ends with its exit code', async () => {
    const done = await project.run('exec', 'orders', '--', 'sh', '-c', 'echo $ORDERS_REGION $MAINSTAY_MODE; exit 7');
    const killed = await project.run('exec', 'users', '--', 'sh', '-c', 'kill -9 $$');

    expect(done).toEqual({ code: 7, stdout: 'north local\n', stderr: '' });
    expect(killed.code).toBe(128 + 9);
  });

  test('exec passes SIGTERM on, and says in one line when there is no such command or service', async () => {
    const waiting = project.command(['exec', 'orders', '--', 'sh', '-c', 'echo waiting; exec sleep 60']);
    await waiting.saw(/waiting/);
    waiting.child.kill('SIGTERM');
    const unknown = await project.run('exec', 'orders', '--', 'no-such-command', '--flag');
    const nobody = await project.run('exec', 'orderz', '--', 'true');

    expect((await waiting.finished).code).toBe(128 + 15);
    expect(unknown).toEqual({
      code: 1,
      stdout: '',
      stderr: 'mainstay: cannot run no-such-command: Error: spawn no-such-command ENOENT\n',
    });
    expect(nobody.stderr).toBe('mainstay: there is no orderz; choose one of orders, users\n');
  });

  test('an unknown service is one line with the names there are', async () => {
    expect(await project.run('restart', 'orderz')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'mainstay: there is no orderz; choose one of orders, users\n',
    });
  });

  test('logs are for people, with --json as they are, and end quietly when nobody reads on', async () => {
    const pretty = await project.run('logs', 'orders', '--lines', '1');
    const raw = await project.run('logs', 'orders', '--json');
    const all = await project.run('logs');
    const cut = project.command(['logs', '--follow']);
    cut.child.stdout.destroy();
    cut.child.kill('SIGTERM');

    expect(pretty.stdout).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} INFO {2}orders {9}listening url=http:\/\/127\.0\.0\.1:\d+\n$/,
    );
    expect(JSON.parse(raw.stdout.split('\n')[0] ?? '')).toMatchObject({ msg: 'listening' });
    expect(all.stdout).toMatch(/ orders [\s\S]* users | users [\s\S]* orders /);
    expect((await cut.finished).stderr).toBe('');
  });

  test('logs --follow shows what is added until Ctrl-C', async () => {
    const follow = project.command(['logs', 'orders', '--follow', '--lines', '1']);
    await follow.saw(/listening/);
    await project.run('restart', 'orders');
    await follow.saw(/listening[\s\S]*listening/);
    follow.child.kill('SIGINT');

    expect((await follow.finished).code).toBe(0);
  });

  test('logs of an unknown service are one line with the names there are', async () => {
    expect((await project.run('logs', 'orderz')).stderr).toBe(
      'mainstay: there is no log of orderz; choose one of controller, orders, users\n',
    );
  });
});

describe('without a fleet', () => {
  let project: Project;
  beforeAll(async () => {
    project = await createProject({ orders: {} });
  });
  afterAll(() => project[Symbol.asyncDispose]());

  test.each([
    [['status'], /^mainstay: no fleet is running on .*; start one with `mainstay up`\n$/],
    [['up', '--bogus'], /^mainstay: unknown option '--bogus'; see mainstay --help\n$/],
    [['up', '--data', '/proc/nowhere'], /^mainstay: cannot use \/proc\/nowhere: it cannot be made there\n$/],
  ])('%j is one line on stderr and exit code 1', async (args, line) => {
    const { code, stdout, stderr } = await project.run(...args);

    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(line);
  });

  test('login without a password asks nobody and names the three ways to give one', async () => {
    const places = ['--gateway', 'http://127.0.0.1:9', '--registry', 'http://127.0.0.1:9'];
    const { code, stderr } = await project.run('login', 'admin@shop.test', ...places);

    expect([code, stderr]).toEqual([1, 'mainstay: no password came: type it, pipe it in, or set MAINSTAY_PASSWORD\n']);
  });

  test('down says that there is nothing to stop', async () => {
    expect(await project.run('down')).toMatchObject({
      code: 0,
      stdout: `no fleet is running on ${project.root}/.mainstay, nothing to stop\n`,
    });
  });
});
