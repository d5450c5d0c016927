import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from '@connectrpc/connect';
import { OrdersService } from '@mainstay/contracts/orders/v1/orders';
import { type FieldViolation, isPlatformError, silentLogger, silentMeter } from '@mainstay/kernel';
import { newTrace, runInContext } from '@mainstay/kernel/context';
import { openDatabase } from '@mainstay/postgres';
import { createDirectTransport, createInternalIdentity } from '@mainstay/rpc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, type Api, type Call, createApi } from './support/api.ts';
import { addProduct, address, type Person, type Product, signInAdmin, signUp } from './support/customer.ts';
import { type Fleet, startShop } from './support/fleet.ts';
import { counter } from './support/metrics.ts';
import { expectProblem, type Problem } from './support/problem.ts';
import { until } from './support/processes.ts';

// The checks of errors by their numbers, over the running shop; the table of all reasons is checked in @mainstay/rpc and the gateway.

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

const ask = async (method: string, path: string, call: Call = {}): Promise<Problem> =>
  expectProblem(await api.call<Problem>(method, path, call));

const faulty = {
  items: [
    { product_id: 'p-1', quantity: 0 },
    { product_id: 'p-1', quantity: 1 },
  ],
  shipping_address: { street: '', city: 'c'.repeat(101), state: 'IL', zip_code: '62701', country: 'America' },
  payment_method: { token: 'tok_visa' },
};
const faults = [
  ['items', 'items.unique_product'],
  ['items[0].quantity', 'int32.gte_lte'],
  ['shipping_address.street', 'string.min_len'],
  ['shipping_address.city', 'string.max_len'],
  ['shipping_address.country', 'string.pattern'],
] as const;

const pairs = (violations: readonly FieldViolation[]): string[] =>
  violations.map(({ field, rule }) => `${field} ${rule}`).sort();
const place = (body: object): Promise<Problem> =>
  ask('POST', '/v1/orders', { token: customer.token, key: randomUUID(), body });

test('1: an order with 5 faults gives one problem with 5 violations, and each repair takes one away', async () => {
  const { shipping_address: wrong } = faulty;
  const repairs: ((order: typeof faulty) => typeof faulty)[] = [
    (order) => ({ ...order, items: [order.items[0]!, { product_id: 'p-2', quantity: 1 }] }),
    (order) => ({ ...order, items: order.items.map((item) => ({ ...item, quantity: 1 })) }),
    (order) => ({ ...order, shipping_address: { ...order.shipping_address, street: address.street } }),
    (order) => ({ ...order, shipping_address: { ...order.shipping_address, city: address.city } }),
  ];
  let order = faulty;
  for (let repaired = 0; repaired <= repairs.length; repaired++) {
    const { status, violations } = await place(order);
    expect(status).toBe(400);
    expect(pairs(violations)).toEqual(
      faults
        .slice(repaired)
        .map((fault) => fault.join(' '))
        .sort(),
    );
    order = repairs[repaired]?.(order) ?? order;
  }
  expect(wrong.country).toBe('America');
});

test('2: the same order over gRPC has the same code, reason and violations', async () => {
  const overHttp = await place(faulty);
  const secrets = JSON.parse(await readFile(join(fleet.dataDir, 'secrets.json'), 'utf8')) as { internal_key: string };
  const identity = createInternalIdentity({ key: Buffer.from(secrets.internal_key, 'hex'), service: 'gateway' });
  const { components } = await fleet.status();
  const grpcAddress = components.find(({ name }) => name === 'orders')?.grpc_address ?? '';
  await using transport = createDirectTransport({
    address: grpcAddress,
    identity,
    logger: silentLogger,
    meter: silentMeter,
  });
  const user = { kind: 'user', userId: customer.userId, roles: ['customer'] } as const;
  const message = {
    items: faulty.items.map(({ product_id, quantity }) => ({ productId: product_id, quantity })),
    shippingAddress: { ...faulty.shipping_address, zipCode: '62701' },
    paymentMethod: { token: 'tok_visa' },
  };

  const error = await runInContext({ trace: newTrace(), identity: user, idempotencyKey: randomUUID() }, () =>
    createClient(OrdersService, transport)
      .createOrder(message as never)
      .then(
        () => undefined,
        (failure: unknown) => failure,
      ),
  );

  expect(isPlatformError(error)).toBe(true);
  expect(error).toMatchObject({ code: overHttp.code, reason: overHttp.reason });
  expect(pairs((error as { violations: FieldViolation[] }).violations)).toEqual(pairs(overHttp.violations));
});

test('3: 400, 401, 403, 404, 409, 422 and 429 are met for real, and each type is a page that tells of it', async () => {
  const anonymous = await Promise.all(
    Array.from({ length: 40 }, async () => {
      const response = await fetch(`${fleet.gatewayUrl}/v1/products`);
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, body: JSON.parse(text) as Problem };
    }),
  );
  const limited = anonymous.find(({ status }) => status === 429);
  if (limited === undefined) throw new Error('no anonymous call of 40 was refused');
  const key = randomUUID();
  await customer.order(product.id, 1, { key });
  const problems = [
    await place(faulty),
    await ask('GET', '/v1/orders'),
    await ask('POST', '/v1/products', { token: customer.token, body: {} }),
    await ask('GET', `/v1/products/${randomUUID()}`),
    expectProblem((await customer.order(product.id, 1_000)) as unknown as Answer<Problem>),
    expectProblem((await customer.order(product.id, 2, { key })) as unknown as Answer<Problem>),
    expectProblem(limited),
  ];

  expect(problems.map(({ status }) => status)).toEqual([400, 401, 403, 404, 409, 422, 429]);
  for (const { type, reason } of problems) {
    const page = await api.call('GET', type);
    expect([type, page.status]).toEqual([`/errors/${reason}`, 200]);
    expect(page.text).toContain(reason);
  }
});

test('4: one trace id stands in the header, the problem and the log lines of gateway and service, given or made', async () => {
  const given = 'ab'.repeat(16);
  for (const headers of [{ 'x-trace-id': given }, {}]) {
    const { trace_id: traceId } = await ask('GET', `/v1/products/${randomUUID()}`, {
      headers: headers as Record<string, string>,
    });
    if ('x-trace-id' in headers) expect(traceId).toBe(given);
    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(await linesOf('gateway', traceId)).toContainEqual(expect.objectContaining({ msg: 'request', status: 404 }));
  }
});

async function linesOf(service: string, traceId: string): Promise<Record<string, unknown>[]> {
  return until(
    `lines of ${service}`,
    async () => {
      const { stdout } = await fleet.mainstay('logs', service, '--lines', '100000', '--json');
      const lines = stdout.split('\n').filter((line) => line.includes(traceId));
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    { withinMs: 15_000, holds: (lines) => lines.length > 0 },
  );
}

test('6 and 11: what a service did not foresee is 500 with an id, tells nothing, and counts exactly once; what it refused, by its code', async () => {
  await using database = await openDatabase({
    url: await fleet.databaseUrl('products'),
    name: 'saboteur',
    maxConnections: 1,
  });
  const { management_url: metricsUrl } = (
    (await (await fetch(`${fleet.registryUrl}/services/products`)).json()) as { management_url: string }[]
  )[0]!;
  const count = (code: string): Promise<number> =>
    counter(metricsUrl, 'rpc_server_duration_seconds_count', { method: 'GetProduct', code });
  const [internalBefore, notFoundBefore] = [await count('internal'), await count('not_found')];

  await database.query('alter table products rename to products_away');
  const answer = await api.call<Problem>('GET', `/v1/products/${product.id}`);
  await database.query('alter table products_away rename to products');
  const problem = expectProblem(answer);
  for (let i = 0; i < 3; i++) await ask('GET', `/v1/products/${randomUUID()}`);

  expect([problem.status, problem.code]).toEqual([500, 'internal']);
  expect(problem['error_id']).toMatch(/^[0-9a-f-]{36}$/);
  expect([(await count('internal')) - internalBefore, (await count('not_found')) - notFoundBefore]).toEqual([1, 3]);
  const lines = await linesOf('products', problem.trace_id);
  expect(JSON.stringify(lines)).toContain('products');
  expect(lines).toContainEqual(expect.objectContaining({ error_id: problem['error_id'] }));
});

test('7: a partial batch of 5 with 3 bad rows adds 2 and names each other; 0 and 101 rows are refused', async () => {
  const sku = `BATCH-${randomUUID().slice(0, 8)}`;
  const row = (number: number, name = 'Made in a batch') => ({
    name,
    sku: `${sku}-${number}`,
    category: 'stories',
    price: { currency_code: 'USD', minor_units: '500' },
  });
  const batch = (requests: object[]) => ({ token: admin.token, body: { requests, partial: true } });

  const { status, body } = await api.call<{
    results: { product?: { id: string }; error?: { reason: string; violations: FieldViolation[] } }[];
  }>('POST', '/v1/products:batchCreate', batch([row(1), row(2, ''), row(3), row(4), row(4)]));

  expect(status).toBe(200);
  expect(body.results.map(({ error }) => error && `${error.reason}: ${pairs(error.violations).join()}`)).toEqual([
    undefined,
    'REQUEST_INVALID: requests[1].name string.min_len',
    undefined,
    'REQUEST_INVALID: requests[3].sku sku.repeated',
    'REQUEST_INVALID: requests[4].sku sku.repeated',
  ]);
  for (const { product: added } of body.results.filter((result) => result.product !== undefined)) {
    expect((await customer.get(`/v1/products/${added!.id}`)).status).toBe(200);
  }
  for (const [rows, rule] of [
    [0, 'batch.empty'],
    [101, 'batch.too_large'],
  ] as const) {
    const refused = await ask(
      'POST',
      '/v1/products:batchCreate',
      batch(Array.from({ length: rows }, (_, i) => row(i))),
    );
    expect([refused.status, pairs(refused.violations)]).toEqual([400, [`requests ${rule}`]]);
  }
});

test('8: of another the customer sees nothing, in the same words for each; the administrator sees it', async () => {
  const other = await signUp(api);
  const path = `/v1/users/${other.userId}`;

  const [foreign, unknown] = [
    await ask('GET', path, { token: customer.token }),
    await ask('GET', `/v1/users/${randomUUID()}`, { token: customer.token }),
  ];

  expect([foreign.status, foreign.reason, foreign.title]).toEqual([unknown.status, unknown.reason, unknown.title]);
  expect(
    (await ask('PATCH', path, { token: customer.token, body: { first_name: 'X', update_mask: 'firstName' } })).status,
  ).toBe(foreign.status);
  expect((await admin.get(path)).status).toBe(200);
});

test('9: an empty mask and an unknown path are refused, a good one changes what it names', async () => {
  const patch = (body: object) =>
    api.call<Problem & { name: string; description: string }>('PATCH', `/v1/products/${product.id}`, {
      token: admin.token,
      body,
    });
  const name = `Renamed ${randomUUID()}`;

  for (const mask of ['', 'noSuchField']) {
    const problem = expectProblem(await patch({ name, description: 'changed', update_mask: mask }));
    expect([problem.status, problem.violations.map(({ field }) => field.split('.')[0])]).toEqual([
      400,
      ['update_mask'],
    ]);
  }
  const changed = await patch({ name, description: 'not to be changed', update_mask: 'name' });

  expect(changed.body).toMatchObject({ name, description: 'Made for a story' });
});

test('5: without its database a service answers 503 with Retry-After, tells nothing of the inside, and logs the cause under the trace', async () => {
  const stopping = fleet.mainstay('stop', 'postgres');
  let searches = 0;
  // Each another search, so that no answer that is kept stands in.
  const answer = await until('503', () => api.call<Problem>('GET', `/v1/products?query=${(searches += 1)}`), {
    withinMs: 60_000,
    // Before the service has left the registry, so that it answers itself.
    holds: ({ status, body }) => status === 503 && body.reason.startsWith('DATABASE'),
  });
  await stopping;
  await fleet.mainstay('start', 'postgres');
  const search = (): string => `/v1/products?query=${(searches += 1)}`;
  for (const path of [() => '/v1/users/me', search, () => '/v1/orders', () => '/v1/payment-methods']) {
    await until(path(), () => customer.get(path()), { withinMs: 60_000, holds: ({ status }) => status === 200 });
  }

  const problem = expectProblem(answer);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(problem).toMatchObject({ retryable: true, retry: 'after' });
  expect(JSON.stringify(await linesOf('products', problem.trace_id))).toMatch(
    /DATABASE_UNAVAILABLE.*the database is not available/,
  );
});
