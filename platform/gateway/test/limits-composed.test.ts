import type { Limit } from '@mainstay/rate-limit';
import { FakeClock } from '@mainstay/testing';
import { describe, expect, it } from 'vitest';
import type { ReloadableOptions } from '../src/gateway-options.ts';
import { demoKeys } from '../src/identity/api-keys.ts';
import type { LimitSettings } from '../src/limits/request-limits.ts';
import { type Answer, type Backends, startTestGateway, type TestGateway } from './harness.ts';

const backends: Backends = {
  products: { listProducts: () => ({}), getProduct: () => ({ product: { id: 'p-1' } }) },
  orders: { listOrders: () => ({}) },
};
const wide = { limitPerMinute: 1_000_000, burst: 100_000, monthlyQuota: null };
const two: Limit = { limitPerMinute: 6, burst: 2 };
const key = { 'x-api-key': 'demo-free' };

function usage(more: Partial<LimitSettings> = {}): LimitSettings {
  return {
    tiers: { anonymous: wide, free: { limitPerMinute: 60, burst: 10, monthlyQuota: null } },
    routes: {},
    ...more,
  };
}

async function start(settings: LimitSettings, more: Partial<ReloadableOptions> & { clock?: FakeClock } = {}) {
  return startTestGateway(backends, { clock: new FakeClock(1_000_000_000_000), usage: settings, ...more });
}

const ask = (lab: TestGateway, path = '/v1/products', headers: Record<string, string> = key): Promise<Answer> =>
  lab.send('GET', path, { headers });

async function statuses(lab: TestGateway, calls: number, path?: string): Promise<number[]> {
  const found: number[] = [];
  for (let call = 0; call < calls; call++) found.push((await ask(lab, path)).status);
  return found;
}

describe('limits of one request', () => {
  it('are told of in the fields of the IETF draft, one by one, and the deciding one in X-RateLimit', async () => {
    await using lab = await start(usage({ address: { limitPerMinute: 30, burst: 4 } }));

    const { headers } = await ask(lab);

    expect(headers['ratelimit-policy']).toBe('"client";q=10;w=10, "address";q=4;w=8');
    expect(headers['ratelimit']).toBe('"client";r=9;t=1, "address";r=3;t=2');
    expect(headers['x-ratelimit-limit']).toBe('30');
    expect(headers['x-ratelimit-remaining']).toBe('3');
    expect(headers['x-ratelimit-reset']).toBe('1000000002');
  });

  it('refuse together: what the route refused costs the client nothing elsewhere', async () => {
    await using lab = await start(usage({ routes: { 'GET /v1/products/{id}': { limit: two } } }));

    expect(await statuses(lab, 4, '/v1/products/p-1')).toEqual([200, 200, 429, 429]);
    expect(await statuses(lab, 9)).toEqual([200, 200, 200, 200, 200, 200, 200, 200, 429]);
  });

  it('are shared by all keys of an address and by all keys of a tenant', async () => {
    const findKey = (text: string) =>
      text.startsWith('acme') ? { client: text, tier: 'free', tenant: 'acme', scopes: [] } : undefined;
    await using byAddress = await start(usage({ address: two }));
    await using byTenant = await startTestGateway(backends, {
      clock: new FakeClock(),
      usage: usage({ tenant: two }),
      findKey,
    });
    const askAs = async (lab: TestGateway, name: string): Promise<number> =>
      (await ask(lab, '/v1/products', { 'x-api-key': name })).status;

    expect(await askAs(byAddress, 'demo-free')).toBe(200);
    expect((await ask(byAddress, '/v1/products', {})).status).toBe(200);
    expect(await askAs(byAddress, 'demo-free')).toBe(429);
    expect(await askAs(byTenant, 'acme-1')).toBe(200);
    expect(await askAs(byTenant, 'acme-2')).toBe(200);
    expect(await askAs(byTenant, 'acme-3')).toBe(429);
    expect(await askAs(byTenant, 'demo-free')).toBe(200);
  });

  it('of a user hold over all keys, and give back what the key had paid', async () => {
    await using lab = await start(usage({ user: two }));
    const token = await lab.tokens.sign({ roles: ['customer'] });
    const order = async (): Promise<Answer> => lab.send('GET', '/v1/orders', { headers: key, token });

    expect([(await order()).status, (await order()).status]).toEqual([200, 200]);
    const refused = await order();

    expect([refused.status, refused.headers['ratelimit'], refused.headers['retry-after']]).toEqual([
      429,
      '"user";r=0;t=20',
      '10',
    ]);
    expect((await ask(lab)).headers['x-ratelimit-remaining']).toBe('7');
  });

  it('count a route as often as it costs', async () => {
    await using lab = await start(usage({ routes: { 'GET /v1/products/{id}': { cost: 4 } } }));

    expect(await statuses(lab, 3, '/v1/products/p-1')).toEqual([200, 200, 429]);
    expect((await ask(lab)).headers['x-ratelimit-remaining']).toBe('1');
  });

  it('that are changed count from the next request; a wrong change changes nothing', async () => {
    await using lab = await start(usage());
    const { protection } = lab.options;
    const options = { apiKeys: demoKeys, protection };
    await statuses(lab, 10);
    expect((await ask(lab)).status).toBe(429);

    lab.gateway.configure({ ...options, usage: usage({ tiers: { anonymous: wide, free: { ...wide, burst: 50 } } }) });
    expect((await ask(lab)).headers['x-ratelimit-remaining']).toBe('39');
    const unknownRoute = usage({ routes: { 'GET /v1/nothing': { cost: 2 } } });

    expect(() => lab.gateway.configure({ apiKeys: [], usage: unknownRoute, protection })).toThrow(
      /limits.routes must be routes that exist/,
    );
    expect((await ask(lab)).status).toBe(200);
    lab.gateway.configure({ apiKeys: [], usage: usage(), protection });
    expect((await ask(lab)).json.reason).toBe('API_KEY_INVALID');
  });
});

describe('scopes of a key', () => {
  it('open reading of one service and nothing else; a key without scopes opens all', async () => {
    const findKey = (text: string) =>
      text === 'reader' ? { client: 'reader', tier: 'free', scopes: ['products.read'] } : undefined;
    await using lab = await startTestGateway(backends, { findKey });

    const read = await ask(lab, '/v1/products', { 'x-api-key': 'reader' });
    const token = await lab.tokens.sign({ roles: ['customer'] });
    const order = await lab.send('GET', '/v1/orders', { headers: { 'x-api-key': 'reader' }, token });

    expect([read.status, order.status, order.json.reason]).toEqual([200, 403, 'SCOPE_REQUIRED']);
    expect((await lab.send('GET', '/v1/orders', { token })).status).toBe(200);
  });
});
