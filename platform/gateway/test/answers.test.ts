import { bidirectional, incoming } from '@mainstay/rpc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Everything, PutVersionedRequest, Versioned } from './contracts/gen/lab/v1/lab_pb.ts';
import { fast, startTestGateway, type TestGateway } from './harness.ts';

let lab: TestGateway;
let open: TestGateway;
let token: string;

beforeAll(async () => {
  const backend = {
    getThing: ({ text }: Everything) => ({ text: text.repeat(2_000) }),
    getVersioned: ({ name }: Versioned) => ({ name, etag: 'v1' }),
    putVersioned: ({ thing }: PutVersionedRequest) => ({
      name: thing?.name,
      etag: thing?.etag === '' ? 'any' : thing?.etag,
    }),
    paintThing: ({ text }: Everything) => ({ text }),
  };
  lab = await startTestGateway({ lab: backend });
  open = await startTestGateway(
    { lab: backend },
    {
      origins: ['https://shop.example'],
      answers: { compress: 'all', fromBytes: 0 },
      headers: { rules: [bidirectional('X-Request-ID', 'request-id'), incoming('X-Client-Version', 'client-version')] },
    },
  );
  token = await lab.tokens.sign();
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
  await open[Symbol.asyncDispose]();
});

const get = (path: string, headers: Record<string, string> = {}, gateway = lab) =>
  gateway.send('GET', path, { headers: { ...fast, ...headers } });

describe('conditions of a read', () => {
  it('that the client meets with what it has is answered with 304 and no body', async () => {
    const first = await get('/lab/things/a');
    const { etag = '' } = first.headers;
    const again = await get('/lab/things/a', { 'if-none-match': `"other", W/${etag}` });
    const other = await get('/lab/things/b', { 'if-none-match': etag });
    const head = await lab.send('HEAD', '/lab/things/a', { headers: { ...fast, 'if-none-match': '*' } });

    expect(first.headers['cache-control']).toBe('private, no-cache');
    expect([again.status, again.text, again.headers.etag]).toEqual([304, '', etag]);
    expect(other.status).toBe(200);
    expect(head.status).toBe(304);
  });

  it('take the version that the contract keeps as the tag, and refuse with 412 what names another', async () => {
    const path = '/lab/versioned/a';

    expect((await get(path)).headers.etag).toBe('"v1"');
    expect((await get(path, { 'if-match': '"v0", "v1"' })).status).toBe(200);
    expect((await get(path, { 'if-match': '*' })).status).toBe(200);
    expect((await get(path, { 'if-match': 'W/"v1"' })).json).toMatchObject({ status: 412, reason: 'VERSION_CHANGED' });
  });

  it('are for reads only: what may change something has no tag', async () => {
    const answer = await lab.send('POST', '/lab/things/a:paint', { body: {} });

    expect([answer.status, answer.headers.etag, answer.headers['cache-control']]).toEqual([200, undefined, 'no-store']);
  });
});

describe('conditions of a write', () => {
  it('reach the service in the field that the contract has for them', async () => {
    const put = (headers: Record<string, string>, body: unknown = {}) =>
      lab.send('PUT', '/lab/versioned/a', { headers: { ...fast, ...headers }, body });

    expect((await put({ 'if-match': '"v7"' })).json).toEqual({ name: 'a', etag: 'v7' });
    expect((await put({})).json).toEqual({ name: 'a', etag: 'any' });
  });

  it.each([
    ['PUT', '/lab/versioned/a', { 'if-match': '"a", "b"' }],
    ['PUT', '/lab/versioned/a', { 'if-match': 'W/"a"' }],
    ['PUT', '/lab/versioned/a', { 'if-none-match': '*' }],
    ['POST', '/lab/things/a:paint', { 'if-match': '"a"' }],
  ])('%s %s with %j are refused, as nobody would keep them', async (method, path, headers) => {
    const answer = await lab.send(method, path, { headers: { ...fast, ...headers } as never, body: {} });

    expect(answer.json).toMatchObject({ status: 412, reason: 'CONDITION_UNSUPPORTED', executed: 'no' });
  });
});

describe('compression', () => {
  const accept = { 'accept-encoding': 'gzip, br' };

  it('of a public answer of 1,024 bytes or more is what the client likes best, with a weak tag', async () => {
    const { headers } = await get('/lab/things/a', accept);
    const plain = await get('/lab/things/a', { 'accept-encoding': 'identity' });

    expect(headers).toMatchObject({
      'content-encoding': 'br',
      vary: 'Accept-Encoding',
      etag: `W/${plain.headers.etag}`,
    });
    expect(Number(headers['content-length'])).toBeLessThan(200);
    expect(plain.headers).toMatchObject({ vary: 'Accept-Encoding', 'content-type': 'application/json; charset=utf-8' });
    expect(plain.headers).not.toHaveProperty('content-encoding');
  });

  it('leaves short answers, problems and those to a caller with a token alone, unless it is set to all', async () => {
    const short = await get('/lab/versioned/a', accept);
    const mine = await get('/lab/things/a', { ...accept, authorization: `Bearer ${token}` });
    const theirs = await open.tokens.sign();
    const all = await get('/lab/versioned/a', { ...accept, authorization: `Bearer ${theirs}` }, open);
    const problem = await get('/lab/nothing', accept, open);

    expect([short, mine, all, problem].map(({ headers }) => headers['content-encoding'])).toEqual([
      undefined,
      undefined,
      'br',
      undefined,
    ]);
  });
});

describe('pages of other origins', () => {
  const origin = 'https://shop.example';

  it('may read nothing by default', async () => {
    const answer = await get('/lab/versioned/a', { origin });

    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('may read answers and problems when they are named, and others may not', async () => {
    const answer = await get('/lab/versioned/a', { origin }, open);
    const problem = await get('/lab/nothing', { origin }, open);
    const other = await get('/lab/versioned/a', { origin: 'https://shop.example.evil' }, open);

    for (const { headers } of [answer, problem]) {
      expect(headers).toMatchObject({ 'access-control-allow-origin': origin, vary: expect.stringMatching(/^Origin/) });
      expect(headers).not.toHaveProperty('access-control-allow-credentials');
    }
    expect(other.headers).not.toHaveProperty('access-control-allow-origin');
    expect(other.headers.vary).toMatch(/^Origin/);
  });

  it('may read what header rules put on answers beside the gateway’s own headers, and nothing that only comes in', async () => {
    const { headers } = await get('/lab/versioned/a', { origin, 'x-request-id': 'r-1' }, open);

    expect(headers['x-request-id']).toBe('r-1');
    const names = String(headers['access-control-expose-headers']).split(', ');
    expect(names).toEqual(expect.arrayContaining(['etag', 'x-trace-id', 'x-request-id']));
    expect(names).not.toContain('x-client-version');
    expect(new Set(names).size).toBe(names.length);
  });

  it('may send what a preflight allows', async () => {
    const headers = {
      ...fast,
      origin,
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'authorization,idempotency-key',
    };
    const allowed = await open.send('OPTIONS', '/lab/versioned/a', { headers });
    const refused = await lab.send('OPTIONS', '/lab/versioned/a', { headers });

    expect(allowed.status).toBe(204);
    expect(allowed.headers).toMatchObject({
      'access-control-allow-methods': expect.stringContaining('PUT'),
      'access-control-allow-headers': 'authorization,idempotency-key',
      'access-control-max-age': '600',
    });
    expect(refused.headers).not.toHaveProperty('access-control-allow-methods');
  });
});
