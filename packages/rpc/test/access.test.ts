import { createHmac } from 'node:crypto';
import { createClient, type Interceptor } from '@connectrpc/connect';
import { silentLogger, silentMeter } from '@mainstay/kernel';
import { currentContext, type Identity, newTrace, runInContext } from '@mainstay/kernel/context';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { bindService, createDirectTransport, createInternalIdentity, startRpcServer } from '../src/index.ts';
import { connect, identity, key, ways } from './connect-both.ts';
import { KindsService } from './kinds-service.ts';

const customer: Identity = { kind: 'user', userId: 'u1', roles: ['customer'], tier: 'free' };
const admin: Identity = { kind: 'user', userId: 'u2', roles: ['customer', 'admin'] };
const nobody: Identity = { kind: 'anonymous', roles: [] };

function as<T>(who: Identity | undefined, run: () => T): T {
  return who === undefined ? run() : runInContext({ trace: newTrace(), identity: who }, run);
}

test.for(ways)('%s: each access rule admits whom the contract names and tells the others why not', async (way) => {
  const answer = () => ({});
  await using connected = await connect(way, {
    unary: answer,
    signedIn: answer,
    adminOnly: answer,
    servicesOnly: answer,
  });
  const outcomes = async (who: Identity | undefined): Promise<Record<string, string>> => {
    const result: Record<string, string> = {};
    for (const name of ['unary', 'signedIn', 'adminOnly', 'servicesOnly'] as const) {
      result[name] = await as(who, () => connected.client[name]({})).then(
        () => 'admitted',
        (error) => error.reason,
      );
    }
    return result;
  };
  const all = { unary: 'admitted', signedIn: 'admitted', adminOnly: 'admitted', servicesOnly: 'admitted' };

  expect(await outcomes(undefined)).toEqual(all);
  expect(await outcomes(admin)).toEqual(all);
  expect(await outcomes(customer)).toEqual({ ...all, adminOnly: 'ROLE_REQUIRED' });
  expect(await outcomes(nobody)).toEqual({
    ...all,
    signedIn: 'IDENTITY_REQUIRED',
    adminOnly: 'IDENTITY_REQUIRED',
  });
});

test.for(ways)('%s: the handler sees who calls, and via which service', async (way) => {
  const seen: (Identity | undefined)[] = [];
  await using connected = await connect(way, {
    unary() {
      seen.push(currentContext()?.identity);
      return {};
    },
  });

  for (const who of [undefined, customer, nobody]) await as(who, () => connected.client.unary({}));

  expect(seen).toEqual([
    { kind: 'service', roles: [], viaService: 'tests' },
    { ...customer, viaService: 'tests' },
    { kind: 'anonymous', roles: [], viaService: 'tests' },
  ]);
});

function sealed(claims: object, secret: Uint8Array = key): string {
  const encoded = Buffer.from(JSON.stringify(claims)).toString('base64url');
  return `${encoded}.${createHmac('sha256', secret).update(encoded).digest('base64url')}`;
}

test('an identity that is forged, changed, expired, from the future, oversized or odd is refused; none is nobody', async () => {
  const nowMs = Date.now();
  const good = { v: 1, k: 'user', u: 'u1', r: ['customer'], s: 'gateway', iat: nowMs, exp: nowMs + 60_000 };
  const [head, tail] = sealed(good).split('.') as [string, string];
  const changed = Buffer.from(JSON.stringify({ ...good, r: ['admin'] })).toString('base64url');
  const hostile: Record<string, string> = {
    'another key': sealed(good, new Uint8Array(32).fill(8)),
    'claims changed': `${changed}.${tail}`,
    'signature cut': `${head}.${tail.slice(0, 20)}`,
    'no signature': head,
    'empty signature': `${head}.`,
    'only a dot': '.',
    empty: '',
    expired: sealed({ ...good, iat: nowMs - 200_000, exp: nowMs - 31_000 }),
    'from the future': sealed({ ...good, iat: nowMs + 90_000, exp: nowMs + 150_000 }),
    oversized: sealed({ ...good, u: 'u'.repeat(4_000) }),
    'no user id': sealed({ ...good, u: '' }),
    'unknown kind': sealed({ ...good, k: 'root' }),
    'roles of another shape': sealed({ ...good, r: 'admin' }),
    'no service': sealed({ ...good, s: '' }),
    'another version': sealed({ ...good, v: 2 }),
    'not an object': sealed([]),
  };
  let sent: string | undefined;
  const forge: Interceptor = (next) => (request) => next(request);
  const seen: (Identity | undefined)[] = [];
  const forger = { ...identity, sign: () => sent ?? '' };
  const binding = bindService(KindsService, {
    unary() {
      seen.push(currentContext()?.identity);
      return {};
    },
  });
  const silent = { logger: silentLogger, meter: silentMeter };
  await using server = await startRpcServer({ ...silent, bindings: [binding], identity, serving: () => true });
  await using transport = createDirectTransport({
    ...silent,
    address: server.address,
    identity: forger,
    interceptors: [forge],
  });
  const client = createClient(KindsService, transport);

  for (const [name, header] of Object.entries(hostile)) {
    sent = header;
    await expect(client.unary({}), name).rejects.toMatchObject({ reason: 'IDENTITY_INVALID', executed: 'no' });
  }
  expect(seen).toEqual([]);

  for (const claims of [
    good,
    { ...good, iat: nowMs - 80_000, exp: nowMs - 20_000 },
    { ...good, iat: nowMs + 20_000 },
  ]) {
    sent = sealed(claims);
    await client.unary({});
  }
  expect(seen).toHaveLength(3);
});

test('a caller cannot name an identity of its own, neither by a header nor in the process', async () => {
  const forged = sealed({ v: 1, k: 'user', u: 'root', s: 'x', iat: 0, exp: 9e15 });
  for (const way of ways) {
    await using connected = await connect(way, {
      unary: (_, { requestHeader }) => ({
        value: `${currentContext()?.identity.kind} ${requestHeader.get('mainstay-identity')?.includes(forged) ?? false}`,
      }),
    });

    const { value } = await as(nobody, () => connected.client.unary({}, { headers: { 'mainstay-identity': forged } }));

    expect(value).toBe('anonymous false');
  }
});

test('a signature is made once per identity and half minute, and is good for 60 s and the skew of 30 s', () => {
  const clock = new FakeClock();
  const signer = createInternalIdentity({ key, service: 'orders', clock });
  const first = signer.sign(customer);

  expect(signer.sign(customer)).toBe(first);
  clock.jump(29_999);
  expect(signer.sign(customer)).toBe(first);
  clock.jump(1);
  expect(signer.sign(customer)).not.toBe(first);
  clock.jump(60_000);
  expect(signer.verify(first)).toMatchObject({ userId: 'u1', viaService: 'orders' });
  clock.jump(1);
  expect(() => signer.verify(first)).toThrow('has expired');
});

test('a key under 32 bytes is refused', () => {
  expect(() => createInternalIdentity({ key: new Uint8Array(31), service: 'a' })).toThrow('at least 32 bytes');
});
