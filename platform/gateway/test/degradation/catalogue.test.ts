import { currentContext } from '@mainstay/kernel/context';
import { FakeClock } from '@mainstay/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, startTestGateway, type TestGateway } from '../harness.ts';

const getProduct = ({ id }: { id: string }): object => ({ product: { id, name: 'Lamp' } });
const getOrder = ({ id }: { id: string }): object => ({ order: { id } });
const createOrder = (): object => ({
  order: { id: `waited ${currentContext()?.preferWaitSeconds ?? 'as long as it takes'}` },
});
const order = {
  items: [{ product_id: 'p-1', quantity: 2 }],
  shipping_address: { street: 'Main St 1', city: 'Springfield', state: 'OR', zip_code: '97475', country: 'US' },
  payment_method: { token: 'tok_visa' },
};

describe('while products is away', () => {
  let lab: TestGateway;
  const away = new Set<string>();
  beforeEach(async () => {
    away.clear();
    lab = await startTestGateway(
      { products: { getProduct }, orders: { getOrder, createOrder } },
      {
        keptAnswersBytes: 1_000_000,
        isAbsent: (service) => away.has(service),
        protection: { circuits: { services: {}, failureStreak: 3, minimumCalls: 3, openMs: 100 } },
      },
    );
  });
  afterEach(() => lab[Symbol.asyncDispose]());
  const browse = (headers: Record<string, string> = {}): Promise<Answer> =>
    lab.send('GET', '/v1/products/p-1', { headers: { 'x-api-key': 'demo-enterprise', ...headers } });

  it('the catalogue goes on from what is kept and says so with Mainstay-Degraded and Age; afterwards it does not', async () => {
    const fresh = await browse();
    await lab.stop('products');

    const stale = await browse();
    const unchanged = await browse({ 'if-none-match': fresh.headers.etag ?? '' });
    const unknown = await lab.send('GET', '/v1/products/p-2');

    expect([stale.status, stale.json, stale.headers.etag]).toEqual([200, fresh.json, fresh.headers.etag]);
    expect(stale.headers['mainstay-degraded']).toBe(`stale_cache;name="gateway";age=${stale.headers.age}`);
    expect([unchanged.status, unchanged.headers['mainstay-degraded']]).toEqual([
      304,
      expect.stringMatching(/^stale_cache;/),
    ]);
    expect(unknown.status).toBe(503);

    // Its circuit opens on the way, and closes by a probe; the gateway is not restarted.
    for (let n = 0; n < 5; n++) expect((await browse()).status).toBe(200);
    await lab.restart('products');
    await expect.poll(async () => (await browse()).headers['mainstay-degraded']).toBeUndefined();
    expect((await lab.send('GET', '/v1/products/p-2')).status).toBe(200);
  });

  it('orders are refused with a time to come back, before they are read, and taken when it is back', async () => {
    const place = async (): Promise<Answer> =>
      lab.send('POST', '/v1/orders', {
        token: await lab.tokens.sign(),
        headers: { 'x-api-key': 'demo-enterprise', 'idempotency-key': crypto.randomUUID() },
        body: order,
      });
    away.add('products');
    const refused = await place();
    away.clear();

    expect([refused.status, refused.json.reason, refused.json.executed, refused.headers['retry-after']]).toEqual([
      503,
      'DEPENDENCY_AWAY',
      'no',
      '10',
    ]);
    expect((await place()).status).toBe(201);
  });

  it('a circuit that its failures opened refuses orders too, until it may be probed', async () => {
    await lab.stop('products');
    for (let n = 0; n < 3; n++) await lab.send('GET', `/v1/products/q-${n}`);
    lab.gateway.circuits.get('products').force('open');
    const token = await lab.tokens.sign();
    const headers = { 'x-api-key': 'demo-enterprise', 'idempotency-key': 'k-1' };

    expect((await lab.send('POST', '/v1/orders', { token, headers, body: order })).json.reason).toBe('DEPENDENCY_AWAY');
  });
});

describe('while payments is away', () => {
  it('and orders are to be queued, they are passed on without a wait, and the answer says so', async () => {
    await using lab = await startTestGateway(
      { orders: { createOrder } },
      { isAbsent: (service) => service === 'payments', dependencies: { whenAway: 'queue', retryAfterMs: 1_000 } },
    );
    const queued = await lab.send('POST', '/v1/orders', {
      token: await lab.tokens.sign(),
      headers: { 'x-api-key': 'demo-enterprise', 'idempotency-key': 'k-1', prefer: 'wait=10' },
      body: order,
    });

    expect([queued.status, queued.json.id, queued.headers['mainstay-degraded']]).toEqual([
      201,
      'waited 0',
      'fallback;name="queued"',
    ]);
  });
});

describe('while products hangs', () => {
  it('50 calls that wait for it keep none of 100 orders waiting', async () => {
    const release = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    const hanging = async (request: { id: string }): Promise<object> => {
      entered.resolve();
      await release.promise;
      return getProduct(request);
    };
    await using lab = await startTestGateway(
      { products: { getProduct: hanging }, orders: { getOrder } },
      // Time stands still, so that nobody is sent away by a time-out.
      { clock: new FakeClock() },
    );
    let browsed = 0;
    const browsing = Array.from({ length: 50 }, async (_, n) => {
      await lab.send('GET', `/v1/products/p-${n}`);
      browsed += 1;
    });
    await entered.promise;
    const token = await lab.tokens.sign();

    const orders = await Promise.all(
      Array.from({ length: 100 }, (_, n) => lab.send('GET', `/v1/orders/o-${n}`, { token })),
    );

    expect([orders.filter(({ status }) => status === 200).length, browsed]).toEqual([100, 0]);
    release.resolve();
    await Promise.all(browsing);
  });
});
