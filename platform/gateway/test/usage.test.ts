import { silentLogger, systemClock } from '@mainstay/kernel';
import { testDatabase } from '@mainstay/postgres/testing';
import { FakeClock } from '@mainstay/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { createQuotaStore } from '../src/quotas/quota-store.ts';
import { Quotas } from '../src/quotas/quotas.ts';
import { fast, startTestGateway, type TestGateway, type TestGatewayOptions } from './harness.ts';

const usage = {
  tiers: {
    anonymous: { limitPerMinute: 10, burst: 20, monthlyQuota: null },
    enterprise: { limitPerMinute: 60, burst: 100, monthlyQuota: 50 },
  },
  address: { limitPerMinute: 600, burst: 1_000 },
  routes: { 'GET /v1/products': { cost: 5, limit: { limitPerMinute: 6, burst: 10 } } },
};
let lab: TestGateway;
afterEach(() => lab[Symbol.asyncDispose]());

async function start(options: TestGatewayOptions = {}): Promise<TestGateway> {
  lab = await startTestGateway(
    { products: { listProducts: () => ({}) } },
    { clock: new FakeClock(), usage, ...options },
  );
  return lab;
}

describe('GET /usage', () => {
  it('tells what is left of each limit, and takes one call of the rate and nothing of a route', async () => {
    await start();
    await lab.send('GET', '/v1/products');
    const answer = await lab.send('GET', '/usage');

    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(answer.json).toEqual({
      tier: 'enterprise',
      limits: [
        { name: 'client', limit_per_minute: 60, burst: 100, remaining: 94, reset_after: 6 },
        { name: 'address', limit_per_minute: 600, burst: 1_000, remaining: 994, reset_after: 1 },
        { name: 'GET /v1/products', limit_per_minute: 6, burst: 10, remaining: 5, reset_after: 50 },
      ],
      quota: null,
    });
    expect((await lab.send('GET', '/usage')).json.limits[2].remaining).toBe(5);
  });

  it('refuses other methods and invented keys, and is limited itself', async () => {
    await start();
    const reason = async (method: string, headers: Record<string, string>): Promise<unknown> =>
      (await lab.send(method, '/usage', { headers })).json.reason;

    expect(await reason('POST', fast)).toBe('METHOD_NOT_ALLOWED');
    expect(await reason('GET', { 'x-api-key': 'invented' })).toBe('API_KEY_INVALID');
    for (let i = 0; i < 19; i++) expect(await reason('GET', {})).toBeUndefined();
    expect(await reason('GET', {})).toBe('RATE_LIMITED');
  });
});

describe('the quota in GET /usage', () => {
  it('is what is recorded, asking is not counted, and null stands for a record that cannot be read', async () => {
    const db = await testDatabase({ migrations: [new URL('../migrations/', import.meta.url)] });
    const store = createQuotaStore(db.database);
    const quotas = new Quotas({ store, block: 1, timeoutMs: 30_000, clock: systemClock, logger: silentLogger });
    await start({ quotas });
    const quota = async (): Promise<Record<string, number | null>> => (await lab.send('GET', '/usage')).json.quota;
    for (let i = 0; i < 3; i++) await lab.send('GET', '/v1/products', { headers: fast });

    // The third was refused by its route, and so is none of the month.
    expect(await quota()).toEqual({ limit: 50, remaining: 48, reset_after: expect.any(Number) });
    expect((await quota()).remaining).toBe(48);
    await db[Symbol.asyncDispose]();
    expect(await quota()).toEqual({ limit: 50, remaining: null, reset_after: null });
  });
});
