import { kill } from 'node:process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, createApi } from './support/api.ts';
import { addProduct, type Person, type Product, signInAdmin, signUp } from './support/customer.ts';
import { type Fleet, startShop } from './support/fleet.ts';
import { until } from './support/processes.ts';

let fleet: Fleet;
let api: Api;
let customer: Person;
let product: Product;

beforeAll(async () => {
  fleet = await startShop();
  api = createApi(fleet.gatewayUrl);
  customer = await signUp(api);
  product = await addProduct(await signInAdmin(api), 1_000);
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
});

let searches = 0;

/** A read that each service answers alone; of the catalogue one that nobody made before, so that nothing kept stands in. */
const reads: Readonly<Record<string, () => Promise<number>>> = {
  users: async () => (await customer.get('/v1/users/me')).status,
  products: async () => (await api.call('GET', `/v1/products?query=${(searches += 1)}`)).status,
  orders: async () => (await customer.get('/v1/orders')).status,
  payments: async () => (await customer.get('/v1/payment-methods')).status,
};
const services = Object.keys(reads);

test.each(services)(
  '%s stopped: its routes answer 503 with Retry-After, the other three serve, and it comes back',
  async (stopped) => {
    const { code, stderr } = await fleet.mainstay('stop', stopped);
    expect(code, stderr).toBe(0);

    await until(`503 for ${stopped}`, reads[stopped]!, { withinMs: 5_000, holds: (status) => status === 503 });
    for (const service of services.filter((name) => name !== stopped)) expect(await reads[service]!()).toBe(200);

    await fleet.mainstay('start', stopped);
    await until(`${stopped} to serve again`, reads[stopped]!, { withinMs: 20_000, holds: (status) => status === 200 });
  },
);

test('products stopped: what was looked at goes on and says so, orders are refused with a time to come back, both recover', async () => {
  const path = `/v1/products/${product.id}`;
  expect((await api.call('GET', path)).headers.get('mainstay-degraded')).toBeNull();
  await fleet.mainstay('stop', 'products');
  await until('503', reads['products']!, { withinMs: 5_000, holds: (status) => status === 503 });

  const kept = await api.call('GET', path);
  const refused = await customer.order(product.id, 1);

  expect([kept.status, kept.headers.get('mainstay-degraded')]).toEqual([200, expect.stringMatching(/^stale_cache;/)]);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
  await fleet.mainstay('start', 'products');
  await until('products', reads['products']!, { withinMs: 20_000, holds: (status) => status === 200 });
  expect((await api.call('GET', path)).headers.get('mainstay-degraded')).toBeNull();
  expect((await customer.order(product.id, 1)).status).toBe(201);
});

test('a problem of a stopped service says when to try again', async () => {
  await fleet.mainstay('stop', 'payments');
  await until('503', reads['payments']!, { withinMs: 5_000, holds: (status) => status === 503 });

  const answer = await customer.get('/v1/payment-methods');

  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  await fleet.mainstay('start', 'payments');
  await until('payments', reads['payments']!, { withinMs: 20_000, holds: (status) => status === 200 });
});

test('products stopped: a quote shows the prices known last and says so, and an order by them is refused', async () => {
  const quote = () =>
    api.call('POST', '/v1/orders:quote', { body: { items: [{ product_id: product.id, quantity: 1 }] } });
  const fresh = await quote();
  await fleet.mainstay('stop', 'products');

  const stale = await until('an older price', quote, {
    withinMs: 5_000,
    holds: ({ headers }) => headers.has('mainstay-degraded'),
  });
  const ordered = await customer.order(product.id, 1);

  expect([fresh.status, fresh.headers.get('mainstay-degraded')]).toEqual([200, null]);
  expect([stale.status, stale.body]).toEqual([200, { ...fresh.body, priced_at: stale.body.priced_at }]);
  expect(stale.headers.get('mainstay-degraded')).toMatch(/^stale_cache;name="prices";age=\d+$/);
  expect(ordered.status).toBe(503);
  await fleet.mainstay('start', 'products');
  await until('products', reads['products']!, { withinMs: 20_000, holds: (status) => status === 200 });
});

test('the registry stopped: orders go on with the addresses that are known, and it is filled again when it is back', async () => {
  await fleet.mainstay('stop', 'registry');

  for (let i = 0; i < 5; i++) expect((await customer.order(product.id, 1)).status).toBe(201);

  await fleet.mainstay('start', 'registry');
  await until(
    'all services to be registered again',
    async () => {
      const found = await Promise.all(
        services.map(
          async (name) => ((await (await fetch(`${fleet.registryUrl}/services/${name}`)).json()) as unknown[]).length,
        ),
      );
      return found;
    },
    { withinMs: 20_000, holds: (counts) => counts.every((count) => count === 1) },
  );
});

test('PostgreSQL paused for 20 s: 503 with Retry-After meanwhile, everything back by itself', async () => {
  // Stopped by signal, the server accepts connections and answers nothing: the worst way to be away.
  const postmaster = await fleet.pidOf('postgres');
  kill(postmaster, 'SIGSTOP');
  const children = await childrenOf(postmaster);
  for (const pid of children) kill(pid, 'SIGSTOP');
  try {
    await until('503 for orders', reads['orders']!, { withinMs: 15_000, holds: (status) => status === 503 });
    const answer = await api.call('GET', '/v1/products');
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 12_000));
  } finally {
    for (const pid of [...children, postmaster]) kill(pid, 'SIGCONT');
  }

  for (const service of services) {
    await until(`${service} to serve again`, reads[service]!, { withinMs: 30_000, holds: (status) => status === 200 });
  }
  expect((await customer.order(product.id, 1, { prefer: 'wait=10' })).status).toBe(201);
  expect(
    Math.max(
      ...(await fleet.status()).components.filter(({ name }) => name !== 'registry').map(({ restarts }) => restarts),
    ),
  ).toBe(0);
});

async function childrenOf(pid: number): Promise<number[]> {
  const { readFile } = await import('node:fs/promises');
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}

test('PostgreSQL stopped and started: services wait for it and serve again without a restart', async () => {
  await fleet.mainstay('stop', 'postgres');
  await until('503', reads['products']!, { withinMs: 15_000, holds: (status) => status === 503 });
  await fleet.mainstay('start', 'postgres');

  for (const service of services) {
    await until(`${service} to serve again`, reads[service]!, { withinMs: 30_000, holds: (status) => status === 200 });
  }
});
