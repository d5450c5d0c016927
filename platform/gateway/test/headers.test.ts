import { incoming } from '@mainstay/rpc';
import { describe, expect, it } from 'vitest';
import { fast } from './harness.ts';
import { headerLab, rules } from './header-lab.ts';

// Checks 1 and 3 to 6 of header mapping, by their numbers; 7 is in header-configuration, 8, 9, 11 and 12 in header-operation,
// 2 in shop/e2e, where services are processes, 10 in packages/rpc/test/header-interceptors.test.ts.

const { seen, open } = headerLab();

describe('the worked example (1)', () => {
  it('maps four headers in and three out; the role is that of the token', async () => {
    const lab = await open();
    const token = await lab.tokens.sign({ roles: ['admin'] });
    const body = { email: 'a@b.test', password: 'correct horse', first_name: 'A', last_name: 'B' };

    const answer = await lab.send('POST', '/v1/users', {
      token,
      body,
      headers: { ...fast, 'x-request-id': 'req-456', 'x-user-role': 'root', 'user-role': 'root' },
    });

    expect(answer.status).toBe(201);
    expect(seen.received?.get('authorization')).toBe(`Bearer ${token}`);
    expect(seen.received?.get('auth-token')).toBe(token);
    expect([seen.received?.get('request-id'), seen.received?.get('user-role')]).toEqual(['req-456', 'admin']);
    expect(answer.headers).toMatchObject({
      'x-request-id': 'req-456',
      'x-processing-time': '150ms',
      'x-server-version': 'v1.2.0',
    });
  });
});

describe('directions (3)', () => {
  it('a header named like one that only maps out goes nowhere, metadata of one that only maps in is not shown', async () => {
    const lab = await open();

    const answer = await lab.send('GET', '/v1/products', {
      headers: { ...fast, 'x-server-version': 'forged', 'server-version': 'forged', 'x-user-role': 'root' },
    });

    expect(answer.headers['x-server-version']).toBe('v1.2.0');
    for (const name of ['server-version', 'x-server-version', 'x-user-role', 'user-role']) {
      expect(seen.received?.get(name), name).toBeNull();
    }
    expect(answer.text + JSON.stringify(answer.headers)).not.toContain('must not come out');
  });
});

describe('required headers and skipped paths (4)', () => {
  it('without the header no service is called; the gateway’s own pages and skipped paths need none', async () => {
    const required = [
      incoming('Authorization', 'authorization', { required: true }),
      incoming('X-Client', 'client', { required: true }),
    ];
    const lab = await open({ headers: { rules: required, skipPaths: ['/lab'] } });

    const answer = await lab.send('GET', '/v1/products');

    expect([answer.status, answer.headers['content-type']]).toEqual([401, 'application/problem+json']);
    expect(answer.json).toMatchObject({
      reason: 'IDENTITY_REQUIRED',
      executed: 'no',
      violations: [{ field: 'authorization' }, { field: 'x-client' }],
    });
    const token = await lab.tokens.sign();
    const second = await lab.send('GET', '/v1/products', { token });
    expect([second.status, second.json.reason, seen.calls]).toEqual([400, 'HEADER_REQUIRED', 0]);
    expect((await lab.send('GET', '/')).status).toBe(200);
    expect((await lab.send('GET', '/lab/nothing')).json.reason).toBe('ROUTE_NOT_FOUND');
  });
});

describe('defaults (5)', () => {
  it('a request id is made when there is none, another each time, and stands on answers and problems alike', async () => {
    const lab = await open();
    const ids: unknown[] = [];
    for (const path of ['/v1/products', '/v1/products', '/v1/orders', '/v1/nothing']) {
      const { headers } = await lab.send('GET', path, { headers: fast });
      ids.push(headers['x-request-id']);
    }

    for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(ids).size).toBe(4);
  });

  it.each([
    [true, undefined, "default-src 'self'"],
    [true, 'own', 'own'],
    [false, undefined, "default-src 'none'; frame-ancestors 'none'"],
    [false, 'own', "default-src 'none'; frame-ancestors 'none'"],
  ])(
    'with overwriteExisting %s and a service that says %s the policy is %s',
    async (overwriteExisting, own, expected) => {
      const lab = await open({ headers: { rules, overwriteExisting } });
      seen.policy = own;

      expect((await lab.send('GET', '/v1/products')).headers['content-security-policy']).toBe(expected);
    },
  );
});

describe('transforms (6)', () => {
  it('the version of a client does not reach services', async () => {
    const lab = await open();

    await lab.send('GET', '/v1/products', { headers: { ...fast, 'user-agent': 'x/1.2.3' } });

    expect(seen.received?.get('client-agent')).toBe('x/x.x.x');
  });
});
