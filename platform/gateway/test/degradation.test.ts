import { PlatformError } from '@mainstay/kernel';
import { type Priority, resilienceReasons } from '@mainstay/resilience';
import { setDegraded } from '@mainstay/rpc';
import { describe, expect, it } from 'vitest';
import { startTestGateway } from './harness.ts';

it('what a service says of its own answer is passed on', async () => {
  const getProduct = (): object => {
    setDegraded({ policy: 'fallback', name: 'no-reviews' });
    setDegraded({ policy: 'stale_cache', name: 'stock', ageMs: 12_400 });
    return { product: { id: 'p-1' } };
  };
  await using lab = await startTestGateway({ products: { getProduct } });

  const answer = await lab.send('GET', '/v1/products/p-1');

  expect(answer.headers['mainstay-degraded']).toBe('fallback;name="no-reviews", stale_cache;name="stock";age=12');
});

describe('a busy gateway', () => {
  it('refuses browsing with LOAD_SHED before it reads a token, and serves orders', async () => {
    const admit = (priority: Priority): void => {
      if (priority === 'low') throw new PlatformError(resilienceReasons.LOAD_SHED, 'too busy');
    };
    let products = 0;
    const getProduct = (): object => {
      products += 1;
      return {};
    };
    const getOrder = (): object => ({ order: { id: 'o-1' } });
    await using lab = await startTestGateway({ products: { getProduct }, orders: { getOrder } }, { admit });

    const browse = await lab.send('GET', '/v1/products/p-1', { token: 'nonsense' });
    const order = await lab.send('GET', '/v1/orders/o-1', { token: await lab.tokens.sign() });

    expect([browse.status, browse.json.reason, browse.headers['retry-after']]).toEqual([503, 'LOAD_SHED', '1']);
    expect(order.status).toBe(200);
    expect(products).toBe(0);
  });
});

describe('the bulkhead of a service', () => {
  it('holds 1 call and 1 that waits, refuses the third, and leaves other services alone', async () => {
    const release = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    const getProduct = async (): Promise<object> => {
      entered.resolve();
      await release.promise;
      return { product: { id: 'p-1' } };
    };
    const getOrder = (): object => ({ order: { id: 'o-1' } });
    const bulkhead = { maxConcurrent: 1, maxQueued: 1, queueTimeoutMs: 10_000 };
    await using lab = await startTestGateway(
      { products: { getProduct }, orders: { getOrder } },
      { protection: { bulkhead } },
    );
    const running = lab.send('GET', '/v1/products/p-1');
    await entered.promise;
    const waiting = Promise.all([lab.send('GET', '/v1/products/p-1'), lab.send('GET', '/v1/products/p-1')]);
    const order = await lab.send('GET', '/v1/orders/o-1', { token: await lab.tokens.sign() });
    release.resolve();

    const ends = (await waiting).map(({ status, json }) => `${status} ${json.reason ?? ''}`.trim());

    expect([(await running).status, order.status]).toEqual([200, 200]);
    expect(new Set(ends)).toEqual(new Set(['200', '503 BULKHEAD_FULL']));
  });

  it('has 2 places for reads: while 2 hang the third is refused, a write succeeds, and so do reads when it is over', async () => {
    const release = Promise.withResolvers<void>();
    let reads = 0;
    const getProduct = async (): Promise<object> => {
      reads += 1;
      await release.promise;
      return { product: { id: 'p-1' } };
    };
    const createProduct = (): object => ({ product: { id: 'p-9' } });
    const bulkhead = { maxConcurrent: 2, maxQueued: 0, queueTimeoutMs: 1_000 };
    await using lab = await startTestGateway({ products: { getProduct, createProduct } }, { protection: { bulkhead } });
    const token = await lab.tokens.sign({ roles: ['admin'] });
    const body = { sku: 'A-1', name: 'Lamp', category: 'lamps', price: { currency_code: 'EUR', minor_units: '100' } };
    const hanging = Promise.all([lab.send('GET', '/v1/products/p-1'), lab.send('GET', '/v1/products/p-2')]);
    await expect.poll(() => reads).toBe(2);

    const third = await lab.send('GET', '/v1/products/p-3');
    const write = await lab.send('POST', '/v1/products', { token, body });
    expect([third.status, third.json.reason, write.status]).toEqual([503, 'BULKHEAD_FULL', 201]);
    expect(lab.gateway.status()).toMatchObject({
      protection: {
        products: {
          bulkheads: [
            { name: 'products/read', running: 2 },
            { name: 'products/write', running: 0 },
          ],
        },
      },
    });

    release.resolve();
    expect((await hanging).map(({ status }) => status)).toEqual([200, 200]);
    expect((await lab.send('GET', '/v1/products/p-3')).status).toBe(200);
  });
});
