import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fast, startTestGateway, type TestGateway } from './harness.ts';

let lab: TestGateway;
let token: string;
let calls = 0;

beforeAll(async () => {
  lab = await startTestGateway(
    {
      lab: {
        patchThing: () => {
          calls += 1;
          return {};
        },
        getThing: (request: { text: string }) => ({ text: request.text }),
      } as never,
      orders: { createOrder: () => ({}) },
    },
    {
      limits: {
        bodyLimitBytes: 10_000,
        maxUrlLength: 2_000,
        headersTimeoutMs: 300,
        requestTimeoutMs: 600,
        keepAliveMs: 5_000,
        drainIdleMs: 50,
        trustedProxies: [],
      },
    },
  );
  token = await lab.tokens.sign();
});

afterAll(() => lab[Symbol.asyncDispose]());

/** Every problem, whoever noticed it, has these. */
function expectProblem(text: string, status: number, reason: string): void {
  const problem = JSON.parse(text) as Record<string, unknown>;
  expect(problem).toMatchObject({
    status,
    reason,
    type: `urn:mainstay:error:${reason}`,
    violations: expect.any(Array),
  });
  expect(problem['trace_id']).toMatch(/^[0-9a-f]{32}$/);
}

/** What comes behind the last good answer is refused, or cut off with the connection, as the engine of the server has it. */
function expectOnlyRefusals(answers: readonly string[] = []): void {
  expect([[], ['HTTP/1.1 400']]).toContainEqual(answers);
}

describe('bodies', () => {
  it.each<[string, string | Uint8Array | undefined, Record<string, string>, number, string]>([
    ['half a JSON object', '{"text":"a', {}, 400, 'BODY_MALFORMED'],
    ['40 levels', `${'{"inner":'.repeat(40)}{}${'}'.repeat(40)}`, {}, 400, 'BODY_MALFORMED'],
    ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), {}, 400, 'BODY_MALFORMED'],
    ['10,001 bytes', `"${'a'.repeat(9_999)}"`, {}, 413, 'BODY_TOO_LARGE'],
    ['a form', 'text=a', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'MEDIA_TYPE_UNSUPPORTED'],
    ['text', '{}', { 'content-type': 'text/plain' }, 415, 'MEDIA_TYPE_UNSUPPORTED'],
    ['no usable type', '{}', { 'content-type': ';;;' }, 415, 'MEDIA_TYPE_UNSUPPORTED'],
    ['another charset', '{}', { 'content-type': 'application/json; charset=utf-16' }, 415, 'MEDIA_TYPE_UNSUPPORTED'],
    ['a compressed body', '{}', { 'content-encoding': 'gzip' }, 415, 'MEDIA_TYPE_UNSUPPORTED'],
    ['an array', '[]', {}, 400, 'REQUEST_INVALID'],
    ['a prototype', '{"__proto__":{"admin":true}}', {}, 400, 'REQUEST_INVALID'],
    ['an overflowing number', '{"small":1e400}', {}, 400, 'REQUEST_INVALID'],
    ['an unknown field', '{"is_admin":true}', {}, 400, 'REQUEST_INVALID'],
  ])('with %s are refused before any call', async (_, body, headers, status, reason) => {
    calls = 0;
    const answer = await lab.send('PATCH', '/lab/things/a', { body, headers: { ...fast, ...headers } });

    expect(answer.status).toBe(status);
    expectProblem(answer.text, status, reason);
    expect(calls).toBe(0);
  });

  it('of 10,000 bytes, with any spelling of the type and a BOM, are taken', async () => {
    const body = `\uFEFF{"text":"a"${' '.repeat(9_980)}}`;
    const answer = await lab.send('PATCH', '/lab/things/a', {
      body,
      headers: { ...fast, 'content-type': 'Application/JSON ; charset="UTF-8"' },
    });

    expect([Buffer.byteLength(body), answer.status]).toEqual([9_995, 200]);
  });

  it('sent in chunks are limited too, and the connection is closed', async () => {
    const chunk = 'a'.repeat(5_000);
    const text = await lab.sendRaw(
      `PATCH /lab/things/a HTTP/1.1\r\nhost: x\r\nx-api-key: demo-enterprise\r\ncontent-type: application/json\r\n` +
        `transfer-encoding: chunked\r\n\r\n${`1388\r\n${chunk}\r\n`.repeat(3)}`,
    );

    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text.toLowerCase()).toContain('\r\nconnection: close\r\n');
  });

  it('that are refused unread do not keep a connection busy', async () => {
    const text = await lab.sendRaw(
      'POST /v1/orders HTTP/1.1\r\nhost: x\r\nx-api-key: demo-enterprise\r\ncontent-type: application/json\r\n' +
        'content-length: 9000000\r\n\r\n{',
    );

    expect(text).toMatch(/^HTTP\/1\.1 401 /);
    expect(text.toLowerCase()).toContain('\r\nconnection: close\r\n');
  });
});

describe('headers', () => {
  it.each([
    ['with a space', 'a b'],
    ['of 256 characters', 'k'.repeat(256)],
    ['that is empty', ''],
    ['outside ASCII', 'schl\u00fcssel'],
    ['sent twice', ['a', 'b']],
  ])('an idempotency key %s is refused', async (_, key) => {
    const answer = await lab.send('POST', '/v1/orders', {
      token,
      headers: { ...fast, 'idempotency-key': key },
      body: {},
    });

    expectProblem(answer.text, 400, 'IDEMPOTENCY_KEY_INVALID');
  });

  it('a missing idempotency key is refused before the body is looked at', async () => {
    const answer = await lab.send('POST', '/v1/orders', { token, body: 'not json' });

    expectProblem(answer.text, 400, 'IDEMPOTENCY_KEY_REQUIRED');
  });

  it('what the client sends comes back in no header', async () => {
    const answer = await lab.send('GET', '/lab/things/a%0d%0aset-cookie:%20x=1');

    expect(answer.status).toBe(200);
    expect(answer.json.text).toBe('a\r\nset-cookie: x=1');
    expect(answer.headers).not.toHaveProperty('set-cookie');
  });

  it('of 20,000 bytes are answered with 431', async () => {
    const text = await lab.sendRaw(`GET / HTTP/1.1\r\nhost: x\r\nx-big: ${'a'.repeat(20_000)}\r\n\r\n`);

    expect(text).toMatch(/^HTTP\/1\.1 431 /);
    expectProblem(text.split('\r\n\r\n')[1] ?? '', 431, 'HEADERS_TOO_LARGE');
  });
});

describe('URLs', () => {
  it.each([
    ['/lab/things/%', 400, 'URL_MALFORMED'],
    ['/lab/things/%ff', 400, 'URL_MALFORMED'],
    ['/lab/things/a?text=%zz', 400, 'URL_MALFORMED'],
    ['/lab/things/a?nothing=1', 400, 'REQUEST_INVALID'],
    ['/lab/things/%00', 400, 'REQUEST_INVALID'],
    [`/lab/things/${'a'.repeat(2_000)}`, 414, 'URL_TOO_LONG'],
    ['/lab/things/../../openapi.json', 404, 'ROUTE_NOT_FOUND'],
    ['/lab/things//', 404, 'ROUTE_NOT_FOUND'],
    ['/lab%2Fthings', 404, 'ROUTE_NOT_FOUND'],
    ['/__proto__', 404, 'ROUTE_NOT_FOUND'],
    ['//docs', 404, 'ROUTE_NOT_FOUND'],
  ])('%s → %i %s', async (path, status, reason) => {
    const answer = await lab.send('GET', path);

    expect(answer.status).toBe(status);
    expectProblem(answer.text, status, reason);
  });

  it('in absolute form are taken', async () => {
    const text = await lab.sendRaw(
      'GET http://shop.test/lab/things/abs HTTP/1.1\r\nhost: x\r\nx-api-key: demo-enterprise\r\nconnection: close\r\n\r\n',
    );

    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text).toContain('"text":"abs"');
  });
});

describe('broken HTTP', () => {
  it.each([
    ['garbage', '\x16\x03\x01\x00\xa5\r\n\r\n', 400, 'HTTP_MALFORMED'],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na',
      400,
      'HTTP_MALFORMED',
    ],
    [
      'a length beside chunks',
      'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'HTTP_MALFORMED',
    ],
    ['a header with a line feed', 'GET / HTTP/1.1\r\nhost: x\r\nx-a: b\nc\r\n\r\n', 400, 'HTTP_MALFORMED'],
    ['no host', 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n', 400, 'HTTP_MALFORMED'],
    ['a space in the path', 'GET /a b HTTP/1.1\r\nhost: x\r\n\r\n', 400, 'HTTP_MALFORMED'],
    ['headers that never end', 'GET / HTTP/1.1\r\nhost: x\r\n', 408, 'REQUEST_TOO_SLOW'],
    [
      'a body that never ends',
      'PATCH /lab/things/a HTTP/1.1\r\nhost: x\r\nx-api-key: demo-enterprise\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
      408,
      'REQUEST_TOO_SLOW',
    ],
  ])('%s is answered with a problem, and the connection is closed', async (_, text, status, reason) => {
    const answer = await lab.sendRaw(text);

    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head.toLowerCase()).toContain('\r\ncontent-type: application/problem+json\r\n');
    expect(head.toLowerCase()).toMatch(/\r\nx-trace-id: [0-9a-f]{32}\r\n/);
    expectProblem(body, status, reason);
  });

  it('behind a good request waits until that is answered', async () => {
    const answer = await lab.sendRaw(
      'GET /lab/things/first HTTP/1.1\r\nhost: x\r\nx-api-key: demo-enterprise\r\n\r\n\x00\x01garbage\r\n\r\n',
    );

    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain('"text":"first"');
    expectOnlyRefusals(answer.match(/HTTP\/1\.1 \d+/g)?.slice(1));
  });

  it('behind three good requests at once waits until all are answered', async () => {
    const request = (id: string): string =>
      `GET /lab/things/${id} HTTP/1.1\r\nhost: x\r\nx-api-key: demo-enterprise\r\n\r\n`;

    const answer = await lab.sendRaw(
      `${request('first')}${request('second')}${request('third')}\x00\x01garbage\r\n\r\n`,
    );

    const told = answer.match(/HTTP\/1\.1 \d+|"text":"\w+"/g) ?? [];
    expect(told.slice(0, 6)).toEqual([
      'HTTP/1.1 200',
      '"text":"first"',
      'HTTP/1.1 200',
      '"text":"second"',
      'HTTP/1.1 200',
      '"text":"third"',
    ]);
    expectOnlyRefusals(told.slice(6));
  });

  it('with an upgrade or an expectation nobody knows is served as if without', async () => {
    for (const header of ['connection: upgrade, close\r\nupgrade: h2c', 'connection: close\r\nexpect: miracles']) {
      const head = `GET /lab/things/up HTTP/1.1\r\nhost: x\r\nx-api-key: demo-enterprise\r\n${header}\r\n\r\n`;
      expect(await lab.sendRaw(head)).toMatch(/^HTTP\/1\.1 200 /);
    }
  });

  it('a body is invited only when the request is admitted', async () => {
    const head = (path: string): string =>
      `PATCH ${path} HTTP/1.1\r\nhost: x\r\nx-api-key: demo-enterprise\r\ncontent-type: application/json\r\n` +
      'content-length: 2\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n';

    expect(await lab.sendRaw(`${head('/lab/things/a')}{}`)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
    expect(await lab.sendRaw(head('/lab/nothing'))).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('leaves the gateway serving', async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(lab.port, '127.0.0.1', () => socket.resetAndDestroy());
      socket.on('close', () => resolve());
    });

    expect((await lab.send('GET', '/lab/things/ok')).json.text).toBe('ok');
  });
});
