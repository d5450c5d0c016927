import { createHeaderMapper } from '@mainstay/rpc';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fast } from './harness.ts';
import { type HeaderGateway, type HeaderLab, startHeaderLab } from './header-lab.ts';
import { corpus, outcomeOf, withoutIds } from './header-outcome.ts';
import { rules, strict } from './header-rules.ts';
import { userId } from './token-issuer.ts';

// Checks 1 and 3 to 8 of header mapping, by their numbers, with gateways, services and registry as processes; 9, 11 and 12
// are in header-operation, 2 in shop/e2e, 10 in packages/rpc/test/processes.

let lab: HeaderLab;
/** Configured by a file. */
let plain: HeaderGateway;
let demanding: HeaderGateway;
beforeAll(async () => {
  lab = await startHeaderLab();
  [plain, demanding] = await Promise.all([lab.open(), lab.open(strict)]);
});
afterAll(() => lab[Symbol.asyncDispose]());
beforeEach(() => lab.begin());

/** What the gateway that demands headers demands. */
const demanded = { ...fast, 'x-client': 'web' };

describe('the worked example (1)', () => {
  it('maps four headers in and three out; the role is that of the token', async () => {
    const token = await lab.sign({ roles: ['admin'] });
    const body = { email: 'a@b.test', password: 'correct horse', first_name: 'A', last_name: 'B' };

    const answer = await plain.send('POST', '/v1/users', {
      token,
      body,
      headers: { ...fast, 'x-request-id': 'req-456', 'x-user-role': 'root', 'user-role': 'root' },
    });

    expect(answer.status).toBe(201);
    expect((await lab.seen()).received).toMatchObject({
      authorization: `Bearer ${token}`,
      'auth-token': token,
      'request-id': 'req-456',
      'user-role': 'admin',
    });
    expect(answer.headers).toMatchObject({
      'x-request-id': 'req-456',
      'x-processing-time': '150ms',
      'x-server-version': 'v1.2.0',
    });
  });
});

describe('directions (3)', () => {
  it('a header named like one that only maps out goes nowhere, metadata of one that only maps in is not shown', async () => {
    const answer = await plain.send('GET', '/v1/products', {
      headers: { ...fast, 'x-server-version': 'forged', 'server-version': 'forged', 'x-user-role': 'root' },
    });

    expect(answer.headers['x-server-version']).toBe('v1.2.0');
    const { calls, received } = await lab.seen();
    expect(calls).toBe(1);
    for (const name of ['server-version', 'x-server-version', 'x-user-role', 'user-role']) {
      expect(received, name).not.toHaveProperty(name);
    }
    expect(answer.text + JSON.stringify(answer.headers)).not.toContain('must not come out');
  });
});

describe('required headers and skipped paths (4)', () => {
  it('without the header no service is called; the gateway’s own pages and skipped paths need none', async () => {
    const answer = await demanding.send('GET', '/v1/products');

    expect([answer.status, answer.headers['content-type']]).toEqual([401, 'application/problem+json']);
    expect(answer.json).toMatchObject({
      reason: 'IDENTITY_REQUIRED',
      executed: 'no',
      violations: [{ field: 'authorization' }, { field: 'x-client' }],
    });
    const token = await lab.sign();
    const second = await demanding.send('GET', '/v1/products', { token });
    expect([second.status, second.json.reason]).toEqual([400, 'HEADER_REQUIRED']);
    expect((await lab.seen()).calls).toBe(0);
    expect((await demanding.send('GET', '/')).status).toBe(200);
    expect((await demanding.send('GET', '/lab/nothing')).json.reason).toBe('ROUTE_NOT_FOUND');
    for (const page of ['/health', '/metrics']) {
      expect((await fetch(`${demanding.managementUrl}${page}`)).status, page).toBe(200);
    }
  });
});

describe('defaults (5)', () => {
  it('a request id is made when there is none, another each time, and stands on answers and problems alike', async () => {
    const ids: unknown[] = [];
    const reasons: unknown[] = [];
    for (const path of ['/v1/products', '/v1/products', '/v1/products/gone', '/v1/orders', '/v1/nothing']) {
      const { headers, json } = await plain.send('GET', path, { headers: fast });
      ids.push(headers['x-request-id']);
      reasons.push(json.reason);
    }

    expect(reasons).toEqual([undefined, undefined, 'PRODUCT_GONE', 'TOKEN_REQUIRED', 'ROUTE_NOT_FOUND']);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(ids).size).toBe(5);
  });

  it.each([
    [true, undefined, "default-src 'self'"],
    [true, 'own', 'own'],
    [false, undefined, "default-src 'none'; frame-ancestors 'none'"],
    [false, 'own', "default-src 'none'; frame-ancestors 'none'"],
  ])(
    'with overwriteExisting %s and a service that says %s the policy is %s',
    async (overwriteExisting, own, expected) => {
      await lab.begin(own);
      const gateway = overwriteExisting ? plain : demanding;
      const token = await lab.sign();

      const { status, headers } = await gateway.send('GET', '/v1/products', { token, headers: demanded });

      expect([status, headers['content-security-policy']]).toEqual([200, expected]);
    },
  );
});

describe('transforms (6)', () => {
  it('the version of a client does not reach services', async () => {
    await plain.send('GET', '/v1/products', { headers: { ...fast, 'user-agent': 'x/1.2.3' } });

    expect((await lab.seen()).received['client-agent']).toBe('x/x.x.x');
  });

  it('of each kind that a file can name reaches the service as it was told, a chain in its order', async () => {
    const sent = {
      'x-t-trim': 'a  b',
      'x-t-prefix': 'Basic abc',
      'x-t-truncate': 'abcdef',
      'x-t-replace': 'x/1.2.3',
      'x-t-suffix': '150',
      'x-t-mask': 'abcdefghijklmnop',
      'x-t-chain': 'Bearer abcdef',
      'x-t-turned': 'Bearer abcdef',
    };
    const token = await lab.sign();

    await demanding.send('GET', '/v1/products', { token, headers: { ...demanded, ...sent } });

    expect((await lab.seen()).received).toMatchObject({
      't-trim': 'b',
      't-prefix': 'Basic abc',
      't-truncate': 'abc',
      't-replace': 'x/x.x.x',
      't-suffix': '150ms',
      't-mask': 'abcd***mnop',
      't-chain': 'abc',
      't-turned': 'Bea',
    });
  });
});

describe('configuration (7)', () => {
  it('of a file does over HTTP to 6 recorded requests what that of code says, header by header', async () => {
    const mapper = createHeaderMapper({ rules });
    const token = await lab.sign();
    const identity = { kind: 'user', userId, roles: ['customer'] } as const;

    for (const headers of corpus(token)) {
      await lab.begin();
      const expected = outcomeOf(mapper, headers, headers['authorization'] === undefined ? undefined : identity);
      const answer = await plain.send('GET', '/v1/products', { headers: { ...fast, ...headers } });
      const { calls, received } = withoutIds(await lab.seen());

      expect([answer.json.reason, calls]).toEqual([expected.reason, expected.reason === undefined ? 1 : 0]);
      for (const { http, metadata, direction } of rules) {
        if (direction !== 'out') expect(received[metadata], metadata).toBe(expected.metadata[metadata]);
        if (direction === 'in') continue;
        const name = http.toLowerCase();
        expect(withoutIds(answer.headers)[name], name).toBe(expected.answer[name]);
      }
    }
  });
});

describe('secrets (8)', () => {
  it('are whole on the wire, masked in the lines of debug, and in the log of no process', async () => {
    const token = await lab.sign();
    const masked = `${token.slice(0, 4)}***${token.slice(-4)}`;

    await demanding.send('GET', '/v1/products', { token, headers: demanded });

    expect((await lab.seen()).received['client-proof']).toBe(token);
    const lines = (): readonly string[] => demanding.output().split('\n');
    await expect
      .poll(() => lines().find((line) => line.includes('headers mapped in') && line.includes(masked)))
      .toBeDefined();
    expect(lines().some((line) => line.includes('headers mapped out'))).toBe(true);
    expect(lab.output()).not.toContain(token);
  });
});
