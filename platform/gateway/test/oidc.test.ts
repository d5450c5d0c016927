import { type CallContext, currentContext } from '@mainstay/kernel/context';
import { FakeClock } from '@mainstay/testing';
import { SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from './harness.ts';
import { type OidcProvider, startOidcProvider } from './oidc-provider.ts';

const audience = 'https://shop.test/api';
let provider: OidcProvider;
let lab: TestGateway;
let clock: FakeClock;
let seen: CallContext | undefined;
beforeAll(async () => {
  provider = await startOidcProvider();
});
afterAll(() => provider[Symbol.asyncDispose]());
beforeEach(() => {
  seen = undefined;
  clock = new FakeClock(Date.now());
});
afterEach(async () => {
  vi.restoreAllMocks();
  await provider.setDown(false);
  await lab[Symbol.asyncDispose]();
});

const note = (): object => {
  seen = currentContext();
  return {};
};
const acme = () => ({
  name: 'acme',
  issuer: provider.issuer,
  audience,
  algorithms: ['RS256' as const],
  clock_skew_s: 30,
  subject_claim: 'sub',
  roles_claim: 'realm_access.roles',
  roles: { 'shop-admin': 'admin' },
  default_roles: ['customer'],
  scopes_claim: 'scope',
  scopes: { 'orders:read': ['orders.read'] },
  tenant_claim: 'tid',
});

async function start(options: TestGatewayOptions = {}): Promise<TestGateway> {
  lab = await startTestGateway(
    { orders: { listOrders: note, cancelOrder: note }, products: { listProducts: note } },
    { clock, issuers: [acme()], ...options },
  );
  return lab;
}

async function ask(token: string, route = 'GET /v1/orders'): Promise<string> {
  const [method = '', path = ''] = route.split(' ');
  const answer = await lab.send(method, path, { token });
  return `${answer.status} ${answer.json?.reason ?? ''}`.trim();
}

describe('a token of an OpenID Connect provider', () => {
  it('gives the call a user of that issuer, with the roles that the configuration knows, and opens what its scopes say', async () => {
    await start();
    const token = await provider.token(audience);

    expect(await ask(token)).toBe('200');
    expect(seen?.identity).toMatchObject({ kind: 'user', userId: 'acme:robot', roles: ['customer', 'admin'] });
    expect(await ask(token, 'POST /v1/orders/1:cancel')).toBe('403 SCOPE_REQUIRED');
    expect(await ask(await lab.tokens.sign())).toBe('200');
  });

  it('draws from the limit of its tenant', async () => {
    await start({
      usage: {
        tiers: {
          anonymous: { limitPerMinute: 10, burst: 20, monthlyQuota: null },
          enterprise: { limitPerMinute: 1_000, burst: 1_000, monthlyQuota: null },
        },
        tenant: { limitPerMinute: 1, burst: 2 },
        routes: {},
      },
    });
    const token = await provider.token(audience);

    expect([await ask(token), await ask(token), await ask(token)]).toEqual(['200', '200', '429 RATE_LIMITED']);
  });

  it('for another audience, of nobody known, signed by a secret or not at all is refused', async () => {
    await start();
    const [head = '', payload = ''] = (await provider.token(audience)).split('.');
    const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { kid: string };
    const jwks = (await (await fetch(`${provider.issuer}/jwks`)).json()) as { keys: { n: string }[] };
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const secret = Buffer.from(jwks.keys[0]?.n ?? '', 'base64url');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const byPublicKey = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid }).sign(secret);
    const tokens = [
      await provider.token('https://other.test/api'),
      byPublicKey,
      `${encode({ alg: 'none' })}.${payload}.`,
      `${encode({ alg: 'RS256', kid })}.${payload}.AAAA`,
      `${encode({ alg: 'RS256', kid, typ: 'logout+jwt' })}.${payload}.AAAA`,
      `${encode({ alg: 'RS256', kid })}.${encode({ ...claims, iss: 'https://evil.test' })}.AAAA`,
    ];

    for (const token of tokens) expect(await ask(token)).toBe('401 TOKEN_INVALID');
    expect(seen).toBeUndefined();
  });

  it('is taken 30 s longer than it says, and counts as none on a public route after that', async () => {
    await start();
    const token = await provider.token(audience);

    await clock.advance(628_000);
    expect(await ask(token)).toBe('200');
    await clock.advance(4_000);
    expect(await ask(token)).toBe('401 TOKEN_EXPIRED');
    expect(await ask(token, 'GET /v1/products')).toBe('200');
    expect(seen?.identity.kind).toBe('anonymous');
  });
});

describe('a token that was found good', () => {
  it('comes 3 times for 1 check of its signature, costs another when the keys are fetched anew, and ends when it says', async () => {
    await start({ keySet: { minPauseMs: 5_000, maxAgeMs: 60_000, keepMs: 3_600_000, timeoutMs: 2_000 } });
    const token = await provider.token(audience);
    const checks = vi.spyOn(crypto.subtle, 'verify');
    const before = await provider.keysAsked();

    expect([await ask(token), await ask(token), await ask(token)]).toEqual(['200', '200', '200']);
    expect(checks).toHaveBeenCalledTimes(1);

    // Keys beyond their age are used once more while they are asked for.
    await clock.advance(60_001);
    await ask(token);
    await expect.poll(() => provider.keysAsked()).toBe(before + 2);
    expect([await ask(token), await ask(token)]).toEqual(['200', '200']);
    expect(checks).toHaveBeenCalledTimes(2);

    await clock.advance(600_000);
    expect(await ask(token)).toBe('401 TOKEN_EXPIRED');
  });

  it('says nothing for the same token with other claims or another signature', async () => {
    await start();
    const [head = '', payload = '', signature = ''] = (await provider.token(audience)).split('.');
    expect(await ask([head, payload, signature].join('.'))).toBe('200');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const other = Buffer.from(JSON.stringify({ ...claims, sub: 'somebody-else' })).toString('base64url');

    expect(await ask([head, other, signature].join('.'))).toBe('401 TOKEN_INVALID');
    expect(await ask([head, payload, 'AAAA'].join('.'))).toBe('401 TOKEN_INVALID');
  });
});

describe('the keys of a provider', () => {
  it('are fetched once, and once more for a new key, however many tokens name keys that do not exist', async () => {
    await start();
    const before = await provider.keysAsked();
    const old = await provider.token(audience);
    await Promise.all(Array.from({ length: 5 }, () => ask(old)));
    expect((await provider.keysAsked()) - before).toBe(1);

    await provider.rotate();
    const rotated = await provider.token(audience);
    expect(await ask(rotated)).toBe('401 TOKEN_INVALID');
    await clock.advance(5_000);
    expect([await ask(rotated), await ask(old)]).toEqual(['200', '200']);

    const invented = `${Buffer.from('{"alg":"RS256","kid":"made-up"}').toString('base64url')}.${old.split('.')[1]}.AAAA`;
    for (let i = 0; i < 10; i++) expect(await ask(invented)).toBe('401 TOKEN_INVALID');
    expect((await provider.keysAsked()) - before).toBe(2);
  });

  it('are taken for the stated hour while it is away, then answered with 503, and fetched when it is back', async () => {
    await start({ keySet: { minPauseMs: 5_000, maxAgeMs: 60_000, keepMs: 300_000, timeoutMs: 2_000 } });
    const token = await provider.token(audience);
    expect(await ask(token)).toBe('200');

    await provider.setDown(true);
    await clock.advance(299_000);
    expect(await ask(token)).toBe('200');
    await clock.advance(2_000);
    const answer = await lab.send('GET', '/v1/orders', { token });
    expect([answer.status, answer.json.reason, answer.headers['retry-after']]).toEqual([
      503,
      'KEY_SET_UNAVAILABLE',
      '2',
    ]);
    expect(await ask(token, 'GET /v1/products')).toBe('200');

    await provider.setDown(false);
    await clock.advance(5_000);
    expect(await ask(token)).toBe('200');
  });
});

describe('another list of issuers', () => {
  it('is in force with the next request, and keeps the keys of those that stay', async () => {
    await start({ issuers: [] });
    const token = await provider.token(audience);
    expect(await ask(token)).toBe('401 TOKEN_INVALID');
    const before = await provider.keysAsked();
    const configure = (roles: Record<string, string>): void =>
      lab.gateway.configure({ ...lab.options, issuers: [{ ...acme(), roles }] });

    configure({ 'shop-admin': 'admin' });
    expect(await ask(token)).toBe('200');
    configure({});
    expect(await ask(token)).toBe('200');

    expect(seen?.identity.roles).toEqual(['customer']);
    expect((await provider.keysAsked()) - before).toBe(1);
  });
});
