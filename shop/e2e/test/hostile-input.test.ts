import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, type Call, createApi } from './support/api.ts';
import { addProduct, address, type Person, type Product, signInAdmin, signUp } from './support/customer.ts';
import { type Fleet, startShop } from './support/fleet.ts';
import { until } from './support/processes.ts';

let fleet: Fleet;
let api: Api;
let admin: Person;
let customer: Person;
let product: Product;

beforeAll(async () => {
  fleet = await startShop();
  api = createApi(fleet.gatewayUrl);
  admin = await signInAdmin(api);
  customer = await signUp(api);
  product = await addProduct(admin, 1_000);
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
});

interface Problem extends Record<string, unknown> {
  readonly status: number;
  readonly reason: string;
  readonly violations?: readonly { readonly field: string; readonly rule: string }[];
}

async function refused(method: string, path: string, call: Call = {}): Promise<Problem> {
  const answer = await api.call<Problem>(method, path, call);
  expect(answer.headers.get('content-type'), answer.text).toContain('application/problem+json');
  expect(answer.headers.get('x-trace-id')).toMatch(/^[0-9a-f]{32}$/);
  expect(answer.body.status).toBe(answer.status);
  expect(answer.text).not.toMatch(/\bat .+\.ts:\d+|select .+ from|node_modules|postgres:\/\//i);
  return answer.body;
}

const orderBody = (change: object = {}, item: object = {}): unknown => ({
  items: [{ product_id: product.id, quantity: 1, ...item }],
  shipping_address: address,
  payment_method: { token: 'tok_visa' },
  ...change,
});
const order = (body: unknown, headers: Record<string, string> = {}) =>
  refused('POST', '/v1/orders', { token: customer.token, key: randomUUID(), body, headers });

test.each<[string, () => unknown, string]>([
  ['quantity 0', () => orderBody({}, { quantity: 0 }), 'items[0].quantity'],
  ['a negative quantity', () => orderBody({}, { quantity: -5 }), 'items[0].quantity'],
  ['an overflowing quantity', () => orderBody({}, { quantity: 2 ** 31 }), 'items[0].quantity'],
  ['a quantity in words', () => orderBody({}, { quantity: 'many' }), 'items[0].quantity'],
  ['a fractional quantity', () => orderBody({}, { quantity: 1.5 }), 'items[0].quantity'],
  ['no items', () => orderBody({ items: [] }), 'items'],
  ['items that are no list', () => orderBody({ items: { 0: {} } }), 'items'],
  ['no address', () => orderBody({ shipping_address: undefined }), 'shipping_address'],
  [
    'a country in words',
    () => orderBody({ shipping_address: { ...address, country: 'America' } }),
    'shipping_address.country',
  ],
  [
    'an address without a street',
    () => orderBody({ shipping_address: { ...address, street: '' } }),
    'shipping_address.street',
  ],
  ['an unknown product', () => orderBody({}, { product_id: randomUUID() }), 'items[0].product_id'],
  ['SQL for a product', () => orderBody({}, { product_id: "'; drop table orders; --" }), 'items[0].product_id'],
  ['a field nobody knows', () => orderBody({ price: 1 }), 'price'],
  [
    '51 items',
    () => orderBody({ items: Array.from({ length: 51 }, () => ({ product_id: randomUUID(), quantity: 1 })) }),
    'items',
  ],
])('an order with %s is refused with the path of the field', async (_, body, field) => {
  const problem = await order(body());

  expect(problem.status).toBe(400);
  expect(problem.violations?.map((violation) => violation.field)).toContain(field);
});

test.each<[string, string, number]>([
  ['no JSON', 'not json', 400],
  ['half of JSON', '{"items": [', 400],
  ['nothing', '', 400],
  ['a list', '[]', 400],
  ['a number', '42', 400],
  ['null', 'null', 400],
  ['2 MiB', `{"items": "${'x'.repeat(2 * 1024 * 1024)}"}`, 413],
  ['1,000 levels', `{"items": ${'['.repeat(1_000)}${']'.repeat(1_000)}}`, 400],
  ['a prototype', '{"__proto__": {"admin": true}}', 400],
])('a body of %s is refused', async (_, raw, status) => {
  const problem = await refused('POST', '/v1/orders', { token: customer.token, key: randomUUID(), raw });

  expect(problem.status).toBe(status);
});

test.each<[string, () => Promise<Problem>, number, string]>([
  [
    'an order without a key',
    () => refused('POST', '/v1/orders', { token: customer.token, body: orderBody() }),
    400,
    'IDEMPOTENCY_KEY_REQUIRED',
  ],
  [
    'an order without a token',
    () => refused('POST', '/v1/orders', { key: 'a', body: orderBody() }),
    401,
    'TOKEN_REQUIRED',
  ],
  [
    'a forged token',
    () => refused('GET', '/v1/orders', { token: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.' }),
    401,
    'TOKEN_INVALID',
  ],
  ['an unknown path', () => refused('GET', '/v1/nothing'), 404, 'ROUTE_NOT_FOUND'],
  ['a wrong method', () => refused('DELETE', '/v1/products'), 405, 'METHOD_NOT_ALLOWED'],
  [
    'an internal method',
    () => refused('POST', '/products.v1.ProductsService/ReserveStock', { body: {} }),
    404,
    'ROUTE_NOT_FOUND',
  ],
  [
    'an unknown order',
    () => refused('GET', `/v1/orders/${randomUUID()}`, { token: customer.token }),
    404,
    'ORDER_NOT_FOUND',
  ],
  ['an id that is none', () => refused('GET', '/v1/products/%27%20or%201%3D1', {}), 404, 'PRODUCT_NOT_FOUND'],
  [
    'an unknown key',
    () => refused('GET', '/v1/products', { headers: { 'x-api-key': 'nobody' } }),
    401,
    'API_KEY_INVALID',
  ],
  [
    'administration by a customer',
    () => refused('POST', '/v1/products', { token: customer.token, body: {} }),
    403,
    'ROLE_REQUIRED',
  ],
  [
    'an unknown enum value',
    () => refused('GET', '/v1/orders?status=LOST', { token: customer.token }),
    400,
    'REQUEST_INVALID',
  ],
  ['a page of -1', () => refused('GET', '/v1/products?page_size=-1'), 400, 'REQUEST_INVALID'],
  [
    'text for JSON',
    () => refused('POST', '/v1/users', { raw: 'a=b', headers: { 'content-type': 'text/plain' } }),
    415,
    'MEDIA_TYPE_UNSUPPORTED',
  ],
])('%s is refused', async (_, call, status, reason) => {
  const problem = await call();

  expect(problem.status).toBe(status);
  expect(problem.reason).toBe(reason);
});

test("somebody else's order, payment and account do not exist", async () => {
  const other = await signUp(api);
  const placed = await other.order(product.id, 1);
  const { payment_id } = (await other.get<{ payment_id: string }>(`/v1/orders/${placed.body.id}`)).body;

  for (const path of [`/v1/orders/${placed.body.id}`, `/v1/payments/${payment_id}`, `/v1/users/${other.userId}`]) {
    expect((await refused('GET', path, { token: customer.token })).status).toBe(404);
  }
  const cancel = await refused('POST', `/v1/orders/${placed.body.id}:cancel`, { token: customer.token, body: {} });
  expect(cancel.status).toBe(404);
});

test('identity headers from outside are worth nothing', async () => {
  const identity = Buffer.from(JSON.stringify({ kind: 'user', userId: customer.userId, roles: ['admin'] }));
  const forged = `${identity.toString('base64url')}.${'A'.repeat(43)}`;

  const problem = await refused('GET', '/v1/orders', {
    headers: { 'mainstay-identity': forged, 'x-user-id': customer.userId, 'x-roles': 'admin' },
  });

  expect(problem.status).toBe(401);
});

test('a card number and a social security number, sent in every place where somebody may put them, are in no log', async () => {
  const [card, spaced, ssn] = ['4242424242424242', '4000 0566 5566 5556', '219-09-9999'];
  const other = await signUp(api);
  for (const text of [card, spaced, ssn]) {
    const [query, headers] = [encodeURIComponent(text), { 'x-request-id': text, 'user-agent': text }];
    await api.call('GET', `/v1/products?query=${query}`, { headers });
    await refused('GET', `/v1/products/${query}`, { headers });
    await refused('GET', `/v1/${query}?card_number=${query}`, { headers });
    await refused('GET', '/v1/orders', { token: text, headers });
    await refused('POST', '/v1/sessions', { body: { email: text, password: text }, headers });
    await refused('POST', '/v1/orders', { token: other.token, key: text, raw: `{"card_number": "${text}`, headers });
    await other.order(product.id, 1, { token: text, key: text });
    await order(orderBody({ [text]: text, shipping_address: { ...address, country: text } }), headers);
  }
  const last = await api.call('GET', '/v1/products/none');

  const folder = join(fleet.dataDir, 'logs');
  const logs = async () =>
    (await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')))).join('');
  const trace = last.headers.get('x-trace-id') ?? '';
  const all = await until('the log of the last request', logs, {
    withinMs: 10_000,
    holds: (text) => text.includes(trace),
  });
  expect([card, spaced, spaced.replaceAll(' ', ''), ssn].filter((text) => all.includes(text))).toEqual([]);
});

test('after all of this nothing was stored and the shop still serves', async () => {
  const orders = await customer.get<{ orders: unknown[] }>('/v1/orders');
  expect(orders.body.orders).toEqual([]);

  const placed = await customer.order(product.id, 1);

  expect(placed.status).toBe(201);
  expect((await fleet.status()).components.map(({ restarts }) => restarts)).not.toContain(1);
});
