import { PlatformError } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import { registryReasons } from '../src/errors.ts';
import { openTestRegistry } from './open-test-registry.ts';

const orders = { name: 'orders', address: '127.0.0.1:5001', metadata: { version: '1.2.0', zone: 'eu' } };

test('a registration is answered 201 and stands in the look-up with all its fields', async () => {
  await using registry = await openTestRegistry();

  const answer = await registry.send('POST', '/register', { ...orders, id: 'orders-1', load: 3 });

  expect(answer.status).toBe(201);
  expect(await answer.json()).toMatchObject({ id: 'orders-1', created: true, heartbeat_interval_ms: 15_000 });
  const found = await registry.get('/services/orders');
  expect(found.status).toBe(200);
  expect(await found.json()).toEqual([
    {
      id: 'orders-1',
      name: 'orders',
      address: '127.0.0.1:5001',
      management_url: '',
      health: 'healthy',
      last_seen: expect.stringMatching(/^\d{4}-.*Z$/),
      registered_at: expect.stringMatching(/^\d{4}-.*Z$/),
      load: 3,
      metadata: { version: '1.2.0', zone: 'eu' },
    },
  ]);
});

test('an unknown service is an empty list with 200', async () => {
  await using registry = await openTestRegistry();
  const answer = await registry.get('/services/nobody');

  expect([answer.status, await answer.text()]).toEqual([200, '[]']);
  expect(await (await registry.get('/services')).text()).toBe('[]');
});

test('an id is made when none is given; registering it again is 200 and no second entry', async () => {
  await using registry = await openTestRegistry();

  const { id } = (await (await registry.send('POST', '/register', orders)).json()) as { id: string };
  const again = await registry.send('POST', '/register', { ...orders, id, address: '127.0.0.1:5002' });

  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect([again.status, await again.json()]).toEqual([200, expect.objectContaining({ created: false })]);
  expect(await (await registry.get('/services/orders')).json()).toMatchObject([{ id, address: '127.0.0.1:5002' }]);
});

test('look-ups filter by version, zone and any other metadata', async () => {
  await using registry = await openTestRegistry();
  await registry.send('POST', '/register', { ...orders, id: 'a' });
  await registry.send('POST', '/register', {
    ...orders,
    id: 'b',
    metadata: { version: '2.0.0', zone: 'eu', team: 'x' },
  });
  const ids = async (query: string) =>
    ((await (await registry.get(`/services/orders${query}`)).json()) as { id: string }[]).map(({ id }) => id);

  expect(await ids('?version=2.0.0')).toEqual(['b']);
  expect(await ids('?version=1.2.0&zone=eu')).toEqual(['a']);
  expect(await ids('?team=x')).toEqual(['b']);
  expect(await ids('?zone=us')).toEqual([]);
});

test('a heartbeat may report degraded, unhealthy or draining; only routable instances are looked up', async () => {
  await using registry = await openTestRegistry();
  await registry.send('POST', '/register', { ...orders, id: 'a' });
  const health = async (query = '') =>
    ((await (await registry.get(`/services/orders${query}`)).json()) as { health: string }[]).map((i) => i.health);

  expect(await (await registry.send('PUT', '/heartbeat/a', { health: 'degraded' })).json()).toEqual({
    heartbeat_interval_ms: 15_000,
  });
  expect(await health()).toEqual(['degraded']);
  await registry.send('PUT', '/heartbeat/a', { health: 'unhealthy' });
  expect(await health()).toEqual([]);
  expect(await health('?include_unroutable=true')).toEqual(['unhealthy']);
  await registry.send('PUT', '/heartbeat/a');
  expect(await health('?include_unroutable=true')).toEqual(['unhealthy']);
  await registry.send('PUT', '/heartbeat/a', { health: 'healthy' });
  expect(await health()).toEqual(['healthy']);
});

test('a deregistered instance is gone at once and stands in the audit log', async () => {
  await using registry = await openTestRegistry();
  await registry.send('POST', '/register', { ...orders, id: 'a' });

  expect((await registry.send('DELETE', '/services/orders/a')).status).toBe(204);
  expect(await (await registry.get('/services/orders?include_unroutable=true')).json()).toEqual([]);
  expect((await registry.send('DELETE', '/services/orders/a')).status).toBe(404);
  expect(await (await registry.get('/audit?service=orders&limit=2')).json()).toMatchObject([
    { event: 'deregistered', service: 'orders', instance_id: 'a', reason: 'the instance asked for it' },
    { event: 'registered' },
  ]);
});

test('a heartbeat of an unknown instance is 404 INSTANCE_UNKNOWN', async () => {
  await using registry = await openTestRegistry();
  const answer = await registry.send('PUT', '/heartbeat/ghost', {});

  expect(answer.status).toBe(404);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(await answer.json()).toMatchObject({ reason: 'INSTANCE_UNKNOWN', status: 404, instance: '/heartbeat/ghost' });
});

test.each([
  ['bad JSON', '{"name":', 'REGISTRY_BODY_REFUSED', []],
  ['no body fields', {}, 'REQUEST_INVALID', ['name', 'address']],
  ['an empty name', { name: '', address: 'h:1' }, 'REQUEST_INVALID', ['name']],
  ['an empty address', { name: 'orders', address: '' }, 'REQUEST_INVALID', ['address']],
  ['an address without port', { name: 'orders', address: 'h' }, 'REQUEST_INVALID', ['address']],
  [
    'a wrong management URL',
    { ...orders, management_url: 'file:///etc/passwd' },
    'REQUEST_INVALID',
    ['management_url'],
  ],
  ['an unknown field', { ...orders, secret: 1 }, 'REQUEST_INVALID', ['']],
  ['a health nobody knows', { ...orders, health: 'great' }, 'REQUEST_INVALID', ['health']],
  ['a list', [], 'REQUEST_INVALID', ['']],
  ['metadata of numbers', { ...orders, metadata: { a: 1 } }, 'REQUEST_INVALID', ['metadata.a']],
])('%s is 400 with what is wrong, and nothing is stored', async (_title, body, reason, fields) => {
  await using registry = await openTestRegistry();
  const answer = await registry.send('POST', '/register', body);
  const problem = (await answer.json()) as { violations?: { field: string }[] };

  expect(answer.status).toBe(400);
  expect(problem).toMatchObject({ status: 400, reason, type: `urn:mainstay:error:${reason}`, retryable: false });
  expect((problem.violations ?? []).map(({ field }) => field)).toEqual(fields);
  expect(registry.registry.table.size).toBe(0);
});

test('a body over 64 KiB is 413, one that is not JSON is 415', async () => {
  await using registry = await openTestRegistry();
  const large = await registry.send('POST', '/register', { ...orders, id: 'x'.repeat(70_000) });
  const text = await registry.send('POST', '/register', 'name=orders', { 'content-type': 'text/plain' });

  expect([large.status, text.status]).toEqual([413, 415]);
  expect(await large.json()).toMatchObject({ reason: 'REGISTRY_BODY_REFUSED' });
});

test('an unknown path is 404, a wrong method 405 with Allow', async () => {
  await using registry = await openTestRegistry();
  const answers = await Promise.all([
    registry.get('/'),
    registry.get('/services/a/b/c'),
    registry.send('POST', '/services/orders', {}),
    registry.get('/register'),
    registry.send('PATCH', '/services/orders/a', {}),
  ]);

  expect(answers.map(({ status, headers }) => [status, headers.get('allow')])).toEqual([
    [404, null],
    [404, null],
    [405, 'GET, HEAD'],
    [405, 'POST'],
    [405, 'DELETE'],
  ]);
  expect(await answers[3].json()).toMatchObject({ reason: 'REGISTRY_METHOD_REFUSED', status: 405 });
});

test('every answer carries the trace id, the one of the request when it has one', async () => {
  await using registry = await openTestRegistry();
  const traceId = 'a'.repeat(32);
  const headers = { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` };

  const known = await registry.send('GET', '/nothing', undefined, headers);
  const fresh = await registry.get('/services');

  expect(known.headers.get('x-trace-id')).toBe(traceId);
  expect(await known.json()).toMatchObject({ trace_id: traceId });
  expect(fresh.headers.get('x-trace-id')).toMatch(/^[0-9a-f]{32}$/);
});

test('changes pass the authorisation, reads do not need it', async () => {
  const authorizeWrite = (header: string | undefined): void => {
    if (header !== 'good') throw new PlatformError(registryReasons.REGISTRY_WRITE_REFUSED, 'no');
  };
  await using registry = await openTestRegistry({ authorizeWrite });
  const register = (headers: Record<string, string>) => registry.send('POST', '/register', orders, headers);

  expect((await register({})).status).toBe(401);
  expect((await register({ 'mainstay-identity': 'bad' })).status).toBe(401);
  expect((await registry.send('PUT', '/heartbeat/a', {})).status).toBe(401);
  expect((await registry.send('DELETE', '/services/orders/a')).status).toBe(401);
  expect((await register({ 'mainstay-identity': 'good' })).status).toBe(201);
  expect((await registry.get('/services/orders')).status).toBe(200);
});

test('200 parallel registrations and 200 parallel deregistrations among look-ups leave exactly none', async () => {
  await using registry = await openTestRegistry();
  const ids = Array.from({ length: 200 }, (_, i) => `orders-${i}`);
  const lookups = Array.from({ length: 50 }, () => registry.get('/services/orders'));

  const came = await Promise.all(ids.map((id) => registry.send('POST', '/register', { ...orders, id })));
  expect(came.every(({ status }) => status === 201)).toBe(true);
  expect((await (await registry.get('/services/orders')).json()) as unknown[]).toHaveLength(200);
  const went = await Promise.all(ids.map((id) => registry.send('DELETE', `/services/orders/${id}`)));

  expect(went.every(({ status }) => status === 204)).toBe(true);
  expect(registry.registry.table.size).toBe(0);
  expect((await Promise.all(lookups)).every(({ status }) => status === 200)).toBe(true);
});

test('a taken port is one clear error', async () => {
  await using first = await openTestRegistry();
  const { startHttpFace } = await import('../src/http/http-face.ts');
  const { silentLogger } = await import('@mainstay/kernel');
  const port = Number(new URL(first.url).port);

  const options = {
    registry: first.registry,
    logger: silentLogger,
    host: '127.0.0.1',
    authorizeWrite: () => undefined,
  };
  await expect(startHttpFace({ ...options, port })).rejects.toMatchObject({
    reason: 'REGISTRY_PORT_UNAVAILABLE',
    rawMessage: expect.stringContaining('EADDRINUSE'),
  });
});
