import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HandlerContext } from '@connectrpc/connect';
import { loadConfig } from '@mainstay/config';
import { PlatformError } from '@mainstay/kernel';
import { type CallContext, currentContext } from '@mainstay/kernel/context';
import {
  bidirectional,
  createHeaderMapper,
  type HeaderMapper,
  type HeaderRule,
  incoming,
  outgoing,
  rpcReasons,
} from '@mainstay/rpc';
import { createMeter } from '@mainstay/telemetry';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { gatewayConfig } from '../src/config.ts';
import { toSettings } from '../src/settings.ts';
import { type Backends, fast, startTestGateway, type TestGateway } from './harness.ts';

// The twelve checks of header mapping, by their numbers; those that need several processes are in shop/e2e.

const rules: readonly HeaderRule[] = [
  incoming('Authorization', 'authorization'),
  incoming('Authorization', 'auth-token', { transforms: ['trim', { removePrefix: 'Bearer ' }] }),
  bidirectional('X-Request-ID', 'request-id', { default: { generate: 'uuid' }, baggage: true, maxLength: 64 }),
  incoming('X-User-Role', 'user-role', { identity: 'roles' }),
  incoming('User-Agent', 'client-agent', { transforms: [{ replace: '\\d+', with: 'x' }] }),
  outgoing('processing-time', 'X-Processing-Time', { transforms: [{ addSuffix: 'ms' }] }),
  outgoing('server-version', 'X-Server-Version'),
  outgoing('content-security-policy', 'Content-Security-Policy', { default: "default-src 'self'" }),
];

let received: Headers | undefined;
let context: CallContext | undefined;
let calls = 0;
let policy: string | undefined;

function echo(_: unknown, { requestHeader, responseHeader }: HandlerContext): object {
  calls++;
  received = requestHeader;
  context = currentContext();
  responseHeader.set('processing-time', '150');
  responseHeader.set('server-version', 'v1.2.0');
  responseHeader.set('auth-token', 'must not come out');
  if (policy !== undefined) responseHeader.set('content-security-policy', policy);
  return {};
}
const backends: Backends = {
  users: { createUser: echo },
  products: { listProducts: echo },
  orders: {
    listOrders() {
      throw new PlatformError(rpcReasons.SERVER_DRAINING, 'going away');
    },
  },
};

beforeEach(() => {
  received = undefined;
  calls = 0;
  policy = undefined;
});

const opened: TestGateway[] = [];
async function open(...options: Parameters<typeof startTestGateway>[1][]): Promise<TestGateway> {
  const lab = await startTestGateway(backends, Object.assign({ headers: { rules } }, ...options));
  opened.push(lab);
  return lab;
}
afterAll(() => Promise.all(opened.map((lab) => lab[Symbol.asyncDispose]())));

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
    expect(received?.get('authorization')).toBe(`Bearer ${token}`);
    expect(received?.get('auth-token')).toBe(token);
    expect([received?.get('request-id'), received?.get('user-role')]).toEqual(['req-456', 'admin']);
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
      expect(received?.get(name), name).toBeNull();
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
    expect([second.status, second.json.reason, calls]).toEqual([400, 'HEADER_REQUIRED', 0]);
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
      policy = own;

      expect((await lab.send('GET', '/v1/products')).headers['content-security-policy']).toBe(expected);
    },
  );
});

describe('transforms (6)', () => {
  it('the version of a client does not reach services', async () => {
    const lab = await open();

    await lab.send('GET', '/v1/products', { headers: { ...fast, 'user-agent': 'x/1.2.3' } });

    expect(received?.get('client-agent')).toBe('x/x.x.x');
  });
});

const yaml = `
gateway:
  headers:
    rules:
      - { http_header: Authorization, grpc_metadata: authorization, direction: in }
      - http_header: Authorization
        grpc_metadata: auth-token
        direction: in
        transforms: [trim, { remove_prefix: 'Bearer ' }]
      - http_header: X-Request-ID
        grpc_metadata: request-id
        direction: both
        default_value: { generate: uuid }
        baggage: true
        max_length: 64
      - { http_header: X-User-Role, grpc_metadata: user-role, direction: in, identity: roles }
      - { http_header: User-Agent, grpc_metadata: client-agent, direction: in, transforms: [{ replace: '\\d+', with: x }] }
      - { http_header: X-Processing-Time, grpc_metadata: processing-time, direction: out, transforms: [{ add_suffix: ms }] }
      - { http_header: X-Server-Version, grpc_metadata: server-version, direction: out }
      - { http_header: Content-Security-Policy, grpc_metadata: content-security-policy, direction: out, default_value: "default-src 'self'" }
`;

describe('configuration (7)', () => {
  const withFile = async <T>(content: string, run: (path: string) => T): Promise<T> => {
    const folder = await mkdtemp(join(tmpdir(), 'mainstay-headers-'));
    try {
      const path = join(folder, 'mainstay.yaml');
      await writeFile(path, content);
      return run(path);
    } finally {
      await rm(folder, { recursive: true });
    }
  };

  it('of a file does to 5 recorded requests what that of code does, byte for byte', async () => {
    const ofFile = await withFile(yaml, (file) => toSettings(loadConfig(gatewayConfig, { file, env: {} })).headers);
    const corpus: Readonly<Record<string, string>>[] = [
      {},
      { authorization: '  Bearer abc', 'x-request-id': 'r-1', 'user-agent': 'curl/8.5.0' },
      { authorization: 'Basic abc', 'x-user-role': 'root' },
      { 'x-request-id': 'x'.repeat(65) },
      { 'user-agent': 'é' },
    ];
    const outcome = (mapper: HeaderMapper, headers: Readonly<Record<string, string>>): unknown => {
      const mapped = mapper.begin({ path: '/v1/users', read: (name) => headers[name] });
      const own = (text: string): string => text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'generated');
      const answer = own(JSON.stringify(mapped.answer((key) => (key === 'processing-time' ? '7' : undefined))));
      try {
        return [own(JSON.stringify(mapped.metadata({ kind: 'user', userId: 'u', roles: ['a', 'b'] }))), answer];
      } catch (error) {
        return [(error as PlatformError).message, answer];
      }
    };

    const [file, code] = [createHeaderMapper(ofFile ?? { rules: [] }), createHeaderMapper({ rules })];
    for (const headers of corpus) expect(outcome(file, headers)).toEqual(outcome(code, headers));
    expect(file.stats()).toEqual(code.stats());
  });

  it.each([
    [
      'an unknown direction',
      '[{ http_header: X-A, grpc_metadata: a, direction: up }]',
      /rules\[0\]: direction must be in, out or both/,
    ],
    [
      'a rule that stands twice',
      '[{ http_header: X-A, grpc_metadata: a, direction: in }, { http_header: x-a, grpc_metadata: a, direction: both }]',
      /rules\[1\] .* maps in as rules\[0\] does/,
    ],
    ['an unknown key', '[{ http_header: X-A, grpc_metadata: a, direction: in, requird: true }]', /requird is unknown/],
    ['a reserved key', '[{ http_header: X-A, grpc_metadata: mainstay-identity, direction: in }]', /is reserved/],
    ['no YAML', '[', /YAML|mainstay\.yaml/],
  ])('with %s stops the start and names the entry', async (_, list, problem) => {
    const content = `gateway:\n  headers:\n    rules: ${list}\n`;

    await expect(withFile(content, (file) => loadConfig(gatewayConfig, { file, env: {} }))).rejects.toThrow(problem);
  });

  it('whose file is missing stops the start', () => {
    expect(() => loadConfig(gatewayConfig, { file: '/nowhere/mainstay.yaml', env: {} })).toThrow(
      '/nowhere/mainstay.yaml',
    );
  });
});

describe('secrets (8)', () => {
  it('are whole on the wire and masked in the lines of debug', async () => {
    const lab = await open({ headers: { rules, debug: true } });
    const token = await lab.tokens.sign();

    await lab.send('GET', '/v1/products', { token });

    expect(received?.get('auth-token')).toBe(token);
    const lines = lab.logs.filter(({ message }) => message.startsWith('headers mapped'));
    expect(lines.map(({ message }) => message)).toEqual(['headers mapped in', 'headers mapped out']);
    expect(lines[0]?.fields['auth-token']).toBe(`${token.slice(0, 4)}***${token.slice(-4)}`);
    expect(JSON.stringify(lab.logs)).not.toContain(token);
  });
});

describe('numbers (9)', () => {
  it('count every value mapped in and out, and every refusal; without debug no line is written', async () => {
    const meter = createMeter();
    const lab = await open({ meter });
    const ask = (headers: Readonly<Record<string, string>>) =>
      lab.send('GET', '/v1/products', { headers: { ...fast, ...headers } });

    for (let i = 0; i < 3; i++) await ask({ 'x-request-id': `r-${i}` }); // in: id; out: id, time, version, policy
    await ask({ 'x-request-id': 'x'.repeat(65) }); // failed: id; out: a new id, policy

    const text = await meter.expose();
    const counted = (name: string): number =>
      Number(new RegExp(`^mainstay_headers_${name}(?:_total)?(?:\\{[^}]*\\})? (\\d+)`, 'm').exec(text)?.[1]);
    expect([counted('incoming'), counted('outgoing'), counted('failed')]).toEqual([3, 14, 1]);
    expect(lab.logs.filter(({ message }) => message.startsWith('headers mapped'))).toEqual([]);
  });
});

describe('limits (11)', () => {
  it('count down by one a call, also on problems', async () => {
    const lab = await open();
    const left: number[] = [];
    for (const path of ['/v1/products', '/v1/orders', '/v1/nothing']) {
      const { headers } = await lab.send('GET', path, { headers: { 'x-api-key': 'demo-free' } });
      left.push(Number(headers['x-ratelimit-remaining']));
      expect(headers['x-ratelimit-reset']).toMatch(/^\d+$/);
    }

    expect(left).toEqual([199, 198, 197]);
  });
});

describe('the context of a call (12)', () => {
  it('holds ids only, below 1 KiB, with 500 requests in flight', async () => {
    const sizes: number[] = [];
    let wake = (): void => undefined;
    const all = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const lab = await startTestGateway(
      {
        products: {
          async listProducts() {
            const { trace, identity, deadline, baggage } = currentContext() as CallContext;
            sizes.push(JSON.stringify({ trace, identity, deadline, baggage }).length);
            if (sizes.length === 500) wake();
            await all;
            return {};
          },
        },
      },
      { headers: { rules } },
    );
    opened.push(lab);
    const token = await lab.tokens.sign({ roles: Array.from({ length: 10 }, (_, i) => `role-${i}`) });

    const answers = await Promise.all(Array.from({ length: 500 }, () => lab.send('GET', '/v1/products', { token })));

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(Math.max(...sizes)).toBeLessThan(1_024);
  });

  it('a header over its limit is refused with 431 and not passed on', async () => {
    const lab = await open();

    const answer = await lab.send('GET', '/v1/products', { headers: { ...fast, 'x-request-id': 'x'.repeat(65) } });

    expect([answer.status, answer.json.reason, calls]).toEqual([431, 'HEADER_TOO_LONG', 0]);
    expect(answer.json.violations).toEqual([
      { field: 'x-request-id', rule: 'header.max_length', message: 'is longer than 64 characters' },
    ]);
  });
});

describe('the trace', () => {
  it('goes on under an X-Trace-ID of 32 hex digits; traceparent wins, anything else starts a new one', async () => {
    const lab = await open();
    const own = 'ab'.repeat(16);
    const ask = async (headers: Readonly<Record<string, string>>) =>
      (await lab.send('GET', '/v1/products', { headers: { ...fast, ...headers } })).headers['x-trace-id'];

    expect(await ask({ 'x-trace-id': own })).toBe(own);
    expect(context?.trace.traceId).toBe(own);
    expect(await ask({ 'x-trace-id': own, traceparent: `00-${'cd'.repeat(16)}-${'1'.repeat(16)}-01` })).toBe(
      'cd'.repeat(16),
    );
    for (const foreign of ['abc', '0'.repeat(32), 'AB'.repeat(16)])
      expect(await ask({ 'x-trace-id': foreign })).not.toBe(foreign);
  });
});
