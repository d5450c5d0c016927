import { connect } from 'node:net';
import { optionError } from '@mainstay/kernel';
import { FakeClock, leakCheck } from '@mainstay/testing';
import { describe, expect, test } from 'vitest';
import { createHealth, type ManagementServerOptions, startManagementServer } from '../src/index.ts';

async function start(options: Partial<ManagementServerOptions> = {}) {
  const clock = new FakeClock();
  const health = options.health ?? createHealth({ clock, service: 'orders' });
  const server = await startManagementServer({ meter: { expose: async () => 'a_total 1\n' }, ...options, health });
  return { clock, health, server, get: (path: string, init?: RequestInit) => fetch(server.url + path, init) };
}

test('serves the five paths: 503 until started, 200 after, 503 for ready while draining', async () => {
  await using _leaks = leakCheck();
  const { health, server, get } = await start();
  await using _server = server;
  const statuses = async () =>
    Promise.all(
      ['/health/live', '/health/ready', '/health/startup', '/health', '/metrics'].map(
        async (path) => (await get(path)).status,
      ),
    );

  expect(await statuses()).toEqual([200, 503, 503, 503, 200]);
  health.setStarted();
  expect(await statuses()).toEqual([200, 200, 200, 200, 200]);
  health.setDraining();
  expect(await statuses()).toEqual([200, 503, 200, 503, 200]);
});

test('answers JSON that is never cached, and metrics as Prometheus text', async () => {
  const { health, server, get } = await start();
  await using _server = server;
  health.setStarted();
  health.addDetail('orders', () => ({ open: 5n }));

  const detail = await get('/health?pretty=1');
  const metrics = await get('/metrics');

  expect(detail.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(detail.headers.get('cache-control')).toBe('no-store');
  expect(await detail.json()).toMatchObject({ status: 'up', service: 'orders', details: { orders: { open: '5' } } });
  expect(metrics.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(await metrics.text()).toBe('a_total 1\n');
});

test('HEAD has the status without a body, other methods 405, other paths 404', async () => {
  const { server, get } = await start();
  await using _server = server;

  const head = await get('/health/ready', { method: 'HEAD' });
  const post = await get('/health', { method: 'POST', body: 'x'.repeat(100_000) });

  expect([head.status, await head.text()]).toEqual([503, '']);
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  expect((await get('/health/other')).status).toBe(404);
  expect((await get('//evil')).status).toBe(404);
});

test('metrics that cannot be read are 500 with a reason, and the next question is answered', async () => {
  const { server, get } = await start({
    meter: {
      expose: async () => {
        throw new Error('hunter2');
      },
    },
  });
  await using _server = server;

  const response = await get('/metrics');

  expect(response.status).toBe(500);
  expect(await response.text()).toBe('{"error":"INTERNAL"}\n');
  expect((await get('/health/live')).status).toBe(200);
});

test('without a meter there are no metrics', async () => {
  await using server = await startManagementServer({ health: createHealth() });

  expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
});

test('a page of ones own is JSON, read when asked for', async () => {
  let reads = 0;
  await using server = await startManagementServer({
    health: createHealth(),
    pages: { '/stats': () => ({ reads: ++reads }) },
  });

  expect(reads).toBe(0);
  expect(await (await fetch(`${server.url}/stats?x`)).json()).toEqual({ reads: 1 });
  expect((await fetch(`${server.url}/toString`)).status).toBe(404);
});

test('a taken port is refused with address and cause, and nothing stays open', async () => {
  await using _leaks = leakCheck();
  const { health, server } = await start();
  await using _server = server;

  await expect(startManagementServer({ health, port: server.port })).rejects.toMatchObject({
    reason: 'MANAGEMENT_PORT_UNAVAILABLE',
    message: expect.stringMatching(new RegExp(`127\\.0\\.0\\.1:${server.port} cannot be opened: EADDRINUSE`)),
  });
});

test('broken HTTP is answered with 400 and does not stop the server', async () => {
  const { server, get } = await start();
  await using _server = server;

  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.write('nonsense\r\n\r\n'));
    socket.on('data', (bytes) => resolve(bytes.toString()));
    socket.on('error', reject);
    socket.on('close', () => resolve(''));
  });

  expect(answer).toMatch(/^HTTP\/1\.1 400/);
  expect((await get('/health/live')).status).toBe(200);
});

test('disposing ends connections that are kept alive', async () => {
  await using _leaks = leakCheck();
  const { server, get } = await start();
  await (await get('/health/live')).text();

  await server[Symbol.asyncDispose]();

  await expect(get('/health/live')).rejects.toThrow('fetch failed');
});

test.each([
  ['0.0.0.0', /^http:\/\/127\.0\.0\.1:\d+$/],
  ['127.0.0.1', /^http:\/\/127\.0\.0\.1:\d+$/],
])('bound to %s it names an address that answers', async (host, url) => {
  const { server, get } = await start({ host });
  await using _server = server;

  expect(server.url).toMatch(url);
  expect((await get('/health/live')).status).toBe(200);
});

describe('actions', () => {
  const act = { '/circuits': (body: unknown) => ({ did: body }) };
  const post = (body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) => ({
    method: 'POST',
    headers,
    body,
  });

  test.each([
    ['JSON', post('{"force":"open"}'), 200, { did: { force: 'open' } }],
    ['something from a web page', post('{}', { 'content-type': 'application/json', origin: 'http://x' }), 403, {}],
    ['a form', post('{}', { 'content-type': 'text/plain' }), 415, {}],
    ['no JSON', post('{'), 400, {}],
    ['20,000 bytes', post(`"${'x'.repeat(20_000)}"`), 413, {}],
    ['a question', { method: 'GET' }, 404, {}],
  ])('%s', async (_, init, status, content) => {
    const { server, get } = await start({ actions: act });
    await using _server = server;

    const answer = await get('/circuits', init);

    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject(content);
  });

  test('what the action refuses is a 400 with its reason, what breaks a 500 without a word', async () => {
    const refuse = (): never => {
      throw optionError('force', 'open, closed or null', 'ajar');
    };
    const broken = (): never => {
      throw new Error('secret');
    };
    const { server, get } = await start({ actions: { '/refuse': refuse, '/broken': broken } });
    await using _server = server;

    const refused = await get('/refuse', post('{}'));
    const failed = await get('/broken', post('{}'));

    expect([refused.status, await refused.json()]).toEqual([
      400,
      { error: 'OPTION_INVALID', message: 'force must be open, closed or null, got "ajar"' },
    ]);
    expect([failed.status, await failed.json()]).toEqual([500, { error: 'INTERNAL' }]);
  });
});
