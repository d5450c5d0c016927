import { type CallContext, currentContext } from '@mainstay/kernel/context';
import { FakeClock } from '@mainstay/testing';
import { generateSecret, SignJWT } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Backends, fast, startTestGateway, type TestGateway } from './harness.ts';
import { userId } from './token-issuer.ts';

let seen: CallContext | undefined;
const note = (): object => {
  seen = currentContext();
  return {};
};
const backends: Backends = {
  orders: { listOrders: note },
  products: { createProduct: note, listProducts: note },
  users: { refreshSession: note },
};

beforeEach(() => {
  seen = undefined;
});

async function ask(lab: TestGateway, token: string | undefined, route = 'GET /v1/orders'): Promise<string> {
  const [method = '', path = ''] = route.split(' ');
  const body = method === 'POST' ? {} : undefined;
  const answer = await lab.send(method, path, { token, body });
  const challenge = answer.headers['www-authenticate'];
  return `${answer.status} ${answer.json?.reason ?? ''}${challenge === undefined ? '' : ` ${challenge}`}`.trim();
}

describe('an access token', () => {
  it('that is good gives the call its user and roles', async () => {
    await using lab = await startTestGateway(backends);

    expect(await ask(lab, await lab.tokens.sign({ roles: ['customer', 7, 'vip'] }))).toBe('200');
    expect(seen?.identity).toEqual({
      kind: 'user',
      userId,
      roles: ['customer', 'vip'],
      tier: 'enterprise',
      viaService: 'gateway',
    });
  });

  it.each([
    ['signed by a stranger', { forged: true }],
    ['of another issuer', { issuer: 'https://evil.test' }],
    ['for another audience', { audience: 'other' }],
    ['of another type', { typ: 'JWT' }],
    ['that is not good before a minute has passed', { notBeforeInSeconds: 60 }],
    ['without a user', { subject: '' }],
    ['with line breaks in the user', { subject: 'a\r\nb' }],
    ['signed with a key that nobody knows', { kid: 'unknown' }],
    ['with a path as key id', { kid: '../../etc/passwd' }],
  ])('%s is refused', async (_, changes) => {
    await using lab = await startTestGateway(backends);

    const answer = await ask(lab, await lab.tokens.sign(changes));

    expect(answer).toBe('401 TOKEN_INVALID Bearer realm="mainstay", error="invalid_token"');
    expect(seen).toBeUndefined();
  });

  it('without a signature, or signed with the public key as a secret, is refused', async () => {
    await using lab = await startTestGateway(backends);
    const [, payload = ''] = (await lab.tokens.sign()).split('.');
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const unsigned = [
      `${encode({ alg: 'none', kid: 'key-1', typ: 'at+jwt' })}.${payload}.`,
      `${encode({ alg: 'EdDSA', kid: 'key-1', typ: 'at+jwt' })}.${payload}.`,
      await new SignJWT({ roles: ['admin'] })
        .setProtectedHeader({ alg: 'HS256', kid: 'key-1', typ: 'at+jwt' })
        .setSubject(userId)
        .setExpirationTime('5m')
        .sign(await generateSecret('HS256', { extractable: true })),
    ];

    for (const token of unsigned) expect(await ask(lab, token)).toMatch(/^401 TOKEN_INVALID/);
  });

  it.each(['Basic YTpi', 'Bearer', 'Bearer a b', 'Bearer {}', `Bearer ${'a'.repeat(5_000)}`, 'bearer x.y.z'])(
    'in the header %s is refused',
    async (authorization) => {
      await using lab = await startTestGateway(backends);
      const answer = await lab.send('GET', '/v1/orders', { headers: { ...fast, authorization } });

      expect([answer.status, answer.json.reason]).toEqual([401, 'TOKEN_INVALID']);
    },
  );

  it('lives 30 s longer than it says, and then is told to be refreshed', async () => {
    const clock = new FakeClock();
    await using lab = await startTestGateway(backends, { clock });
    const token = await lab.tokens.sign({ expiresInSeconds: 60 });

    await clock.advance(89_000);
    expect(await ask(lab, token)).toBe('200');
    await clock.advance(1_000);
    expect(await ask(lab, token)).toBe('401 TOKEN_EXPIRED Bearer realm="mainstay", error="invalid_token"');
  });

  it('that has expired counts as none on a public route, and a forged one does not', async () => {
    const clock = new FakeClock();
    await using lab = await startTestGateway(backends, { clock });
    const expired = await lab.tokens.sign({ expiresInSeconds: -60 });
    const forged = await lab.tokens.sign({ forged: true });

    expect(await ask(lab, expired, 'GET /v1/products')).toBe('200');
    expect(seen?.identity.kind).toBe('anonymous');
    expect(await ask(lab, forged, 'GET /v1/products')).toMatch(/^401 TOKEN_INVALID/);
  });
});

describe('access by contract', () => {
  it.each([
    ['GET /v1/orders', undefined, '401 TOKEN_REQUIRED Bearer realm="mainstay"'],
    ['POST /v1/products', undefined, '401 TOKEN_REQUIRED Bearer realm="mainstay"'],
    ['POST /v1/products', ['customer'], '403 ROLE_REQUIRED'],
    ['POST /v1/products', ['Admin'], '403 ROLE_REQUIRED'],
    ['POST /v1/products', 'admin', '403 ROLE_REQUIRED'],
    ['GET /v1/products', undefined, '200'],
  ])('%s with roles %j → %s', async (route, roles, expected) => {
    await using lab = await startTestGateway(backends);
    const token = roles === undefined ? undefined : await lab.tokens.sign({ roles });

    expect(await ask(lab, token, route)).toBe(expected);
  });
});

describe('the keys', () => {
  it('are fetched once, at the first token', async () => {
    await using lab = await startTestGateway(backends);
    expect(lab.tokens.fetchCount).toBe(0);

    const token = await lab.tokens.sign();
    await Promise.all(Array.from({ length: 10 }, () => ask(lab, token)));

    expect(lab.tokens.fetchCount).toBe(1);
  });

  it('are fetched again for a new key, at most once in 5 s', async () => {
    const clock = new FakeClock();
    await using lab = await startTestGateway(backends, { clock });
    const old = await lab.tokens.sign();
    expect(await ask(lab, old)).toBe('200');

    await lab.tokens.rotate();
    const rotated = await lab.tokens.sign();
    expect(await ask(lab, rotated)).toMatch(/^401/);
    expect(lab.tokens.fetchCount).toBe(1);

    await clock.advance(5_000);
    expect(await ask(lab, rotated)).toBe('200');
    expect(await ask(lab, old)).toBe('200');
    for (let i = 0; i < 20; i++) await ask(lab, await lab.tokens.sign({ kid: `made-up-${i}` }));
    expect(lab.tokens.fetchCount).toBe(2);
  });

  it('that are known go on being used while the users service is down, also beyond their age', async () => {
    const clock = new FakeClock();
    await using lab = await startTestGateway(backends, { clock });
    expect(await ask(lab, await lab.tokens.sign())).toBe('200');

    await lab.stop('users');
    await clock.advance(600_000);

    expect(await ask(lab, await lab.tokens.sign())).toBe('200');
  });

  it('that were never known answer 503 where a user is needed, and nothing where not', async () => {
    const clock = new FakeClock();
    await using lab = await startTestGateway(backends, { clock });
    const token = await lab.tokens.sign();
    lab.tokens.down = true;

    const answer = await lab.send('GET', '/v1/orders', { token });
    expect([answer.status, answer.json.reason, answer.headers['retry-after']]).toEqual([
      503,
      'KEY_SET_UNAVAILABLE',
      '2',
    ]);
    expect(await ask(lab, token, 'GET /v1/products')).toBe('200');

    lab.tokens.down = false;
    await clock.advance(5_000);
    expect(await ask(lab, token)).toBe('200');
  });
});
