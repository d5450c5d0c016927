import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '@mainstay/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, createApi } from './support/api.ts';
import { addProduct, address, type Person, signInAdmin, signUp } from './support/customer.ts';
import { type Fleet, startShop } from './support/fleet.ts';

// Checks 2 and 8 of header mapping, by their numbers: every service is a process, and all logs are read.

const rules = [
  {
    http_header: 'X-Request-ID',
    grpc_metadata: 'request-id',
    direction: 'both',
    default_value: { generate: 'uuid' },
    baggage: true,
  },
  {
    http_header: 'Authorization',
    grpc_metadata: 'client-proof',
    secret: true,
    direction: 'in',
    transforms: [{ remove_prefix: 'Bearer ' }],
  },
];

let fleet: Fleet;
let api: Api;
let admin: Person;
let customer: Person;

beforeAll(async () => {
  fleet = await startShop();
  const restart = async (service: string, ...environment: string[]): Promise<void> => {
    const variables = ['MAINSTAY_LOG_LEVEL=debug', ...environment].flatMap((variable) => ['--env', variable]);
    const { code, stderr } = await fleet.mainstay('restart', service, ...variables);
    if (code !== 0) throw new Error(stderr);
  };
  await restart('gateway', 'GATEWAY_HEADERS_DEBUG=true', `GATEWAY_HEADERS_RULES=${JSON.stringify(rules)}`);
  api = createApi(fleet.gatewayUrl);
  admin = await signInAdmin(api);
  customer = await signUp(api);
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
});

async function logOf(service: string): Promise<string[]> {
  const { stdout } = await fleet.mainstay('logs', service, '--lines', '100000', '--json');
  return stdout.split('\n').filter((line) => line !== '');
}

test('2: the id of a request comes back from every route of every service, whatever the answer', async () => {
  const { body } = await api.call<{ paths: Record<string, Record<string, unknown>> }>('GET', '/openapi.json');
  const routes = Object.entries(body.paths).flatMap(([path, operations]) =>
    Object.keys(operations)
      .filter((method) => ['get', 'post', 'patch', 'delete', 'put'].includes(method))
      .map((method) => [method.toUpperCase(), path.replaceAll(/\{[^}]+\}/g, randomUUID())] as const),
  );
  expect(routes.length).toBeGreaterThan(20);

  for (const [method, path] of routes) {
    const id = randomUUID();
    const { headers, status } = await api.call(method, path, {
      token: customer.token,
      headers: { 'x-request-id': id },
      ...(method !== 'GET' && { body: {} }),
    });
    expect([method, path, status, headers.get('x-request-id')]).toEqual([method, path, status, id]);
  }
});

test('2: the id of an order that fails in products stands in the lines of gateway, orders and products', async () => {
  const product = await addProduct(admin, 10);
  await using database = await openDatabase({
    url: await fleet.databaseUrl('products'),
    name: 'saboteur',
    maxConnections: 1,
  });
  const id = randomUUID();

  await database.query('alter table products rename to products_away');
  const failed = await api.call('POST', '/v1/orders', {
    token: customer.token,
    key: randomUUID(),
    headers: { 'x-request-id': id },
    body: {
      items: [{ product_id: product.id, quantity: 1 }],
      shipping_address: address,
      payment_method: { token: 'tok_visa' },
    },
  });
  await database.query('alter table products_away rename to products');

  expect([failed.status, failed.headers.get('x-request-id')]).toEqual([500, id]);
  for (const service of ['gateway', 'orders', 'products']) {
    const lines = (await logOf(service)).filter((line) => line.includes(id));
    expect(
      lines.map((line) => (JSON.parse(line) as { request_id?: string }).request_id),
      service,
    ).toContain(id);
  }
});

test('2: no service looks at a header by itself', async () => {
  const shop = fileURLToPath(new URL('../../', import.meta.url));
  const found: string[] = [];
  for (const service of ['users', 'products', 'orders', 'payments']) {
    const folder = join(shop, service, 'src');
    for (const file of await readdir(folder, { recursive: true })) {
      if (!file.endsWith('.ts')) continue;
      const text = await readFile(join(folder, file), 'utf8');
      if (/requestHeader|x-request-id|x-user-|x-correlation-id/i.test(text)) found.push(`${service}/${file}`);
    }
  }
  expect(found).toEqual([]);
});

test('8: with debug on no log of any process has a token, and the gateway shows it masked', async () => {
  expect((await customer.get('/v1/orders')).status).toBe(200);

  for (const file of await readdir(join(fleet.dataDir, 'logs'))) {
    expect(await readFile(join(fleet.dataDir, 'logs', file), 'utf8'), file).not.toContain(customer.token);
  }
  const mapped = (await logOf('gateway')).filter((line) => line.includes('headers mapped in'));
  const masked = `${customer.token.slice(0, 4)}***${customer.token.slice(-4)}`;
  expect(mapped.some((line) => line.includes(masked))).toBe(true);
});
