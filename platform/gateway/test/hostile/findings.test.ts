import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Everything } from '../contracts/gen/lab/v1/lab_pb.ts';
import { startTestGateway, type TestGateway } from '../harness.ts';
import { readAnswers, type WireAnswer } from './http-answers.ts';
import { problemFault } from './problem-schema.ts';

// What hostile requests have found, each in its smallest form.

let lab: TestGateway;
let seen: string[] = [];
const waiting = new Map<string, PromiseWithResolvers<void>>();
beforeAll(async () => {
  lab = await startTestGateway({
    lab: {
      async getThing({ text }: Everything) {
        seen.push(text);
        await waiting.get(text)?.promise;
        return { text };
      },
      paintThing: () => ({}),
      sumThings: () => ({}),
    } as never,
  });
});
afterAll(() => lab[Symbol.asyncDispose]());
beforeEach(() => {
  seen = [];
  waiting.clear();
});

const head = (line: string, ...headers: string[]): string =>
  `${[line, 'Host: gateway.test', 'X-API-Key: demo-enterprise', ...headers].join('\r\n')}\r\n\r\n`;
const hidden = head('GET /lab/things/hidden HTTP/1.1');
const handshake = ['Connection: upgrade', 'Upgrade: websocket'];
const paint = 'POST /lab/things/a:paint HTTP/1.1';
const json = 'Content-Type: application/json';

async function ask(text: string): Promise<readonly WireAnswer[]> {
  return readAnswers(Buffer.from(await lab.sendRaw(text)), false);
}

function expectProblem(answer: WireAnswer | undefined, status: number, reason: string): void {
  expect([answer?.status, answer?.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
  expect(problemFault(answer?.body ?? '', { status, traceId: answer?.headers.get('x-trace-id') })).toBeUndefined();
  expect(JSON.parse(answer?.body ?? '')).toMatchObject({ reason });
}

it.each([
  ['a transfer coding before chunked', head(paint, json, 'Transfer-Encoding: identity, chunked')],
  ['chunked twice', head(paint, json, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')],
  [
    'chunks in HTTP/1.0',
    head(paint.replace('1.1', '1.0'), json, 'Transfer-Encoding: chunked', 'Connection: keep-alive'),
  ],
  ['two hosts', head('GET /lab/things/a HTTP/1.1', 'Host: evil.test')],
  ['a host with a user', head('GET /lab/things/a HTTP/1.1').replace('gateway.test', 'user@gateway.test')],
  ['HTTP/2.0 in text', head('GET /lab/things/a HTTP/2.0')],
  ['no version of HTTP', head('GET /lab/things/a')],
  ['the method of the HTTP/2 preface', head('PRI /lab/things/a')],
])('%s is refused, and what stands behind it on the connection is not carried out', async (_, first) => {
  const body = first.startsWith('POST') ? '0\r\n\r\n' : '';
  const answers = await ask(`${first}${body}${hidden}`);

  expectProblem(answers[0], 400, 'HTTP_MALFORMED');
  expect(answers[0]?.headers.get('connection')).toBe('close');
  expect(answers).toHaveLength(1);
  expect(seen).toEqual([]);
});

it.each([
  ['no key', ['Sec-WebSocket-Version: 13']],
  ['version 7 and half a key', ['Sec-WebSocket-Version: 7', 'Sec-WebSocket-Key: short']],
  [
    'no usable subprotocol',
    ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Protocol: ,,'],
  ],
])('a handshake with %s is refused with a problem', async (_, headers) => {
  const [answer] = await ask(head('GET /lab/sum HTTP/1.1', ...handshake, ...headers));

  expectProblem(answer, 400, 'WEBSOCKET_HANDSHAKE_INVALID');
});

it('CONNECT is answered with a problem', async () => {
  expectProblem((await ask(head('CONNECT gateway.test:443 HTTP/1.1')))[0], 404, 'ROUTE_NOT_FOUND');
});

it.each([
  ['CONNECT', head('CONNECT gateway.test:443 HTTP/1.1')],
  ['a handshake', head('GET /lab/sum HTTP/1.1', ...handshake)],
])(
  '%s behind a request that is not answered yet does not end the process, and that request is answered',
  async (_, second) => {
    const [first, ...others] = await ask(head('GET /lab/things/a HTTP/1.1') + second);

    expect(first?.status).toBe(200);
    // An engine answers it then, or cuts the connection.
    expect([[], [400], [404]]).toContainEqual(others.map(({ status }) => status));
  },
);

it('the invitation to send a body is written into no other answer', async () => {
  waiting.set('slow', Promise.withResolvers());
  const received: Buffer[] = [];
  const socket = connect(lab.port, '127.0.0.1').on('data', (chunk: Buffer) => received.push(chunk));
  socket.write(head('GET /lab/things/slow HTTP/1.1') + head(paint, json, 'Content-Length: 2', 'Expect: 100-continue'));
  await expect.poll(() => seen).toEqual(['slow']);
  socket.write('{}');
  waiting.get('slow')?.resolve();

  const answers = (): number[] => readAnswers(Buffer.concat(received), false).map(({ status }) => status);
  await expect.poll(() => answers().filter((status) => status === 200)).toHaveLength(2);
  // `node:http` can tell a client only that does not wait behind another answer.
  expect([
    [200, 200],
    [200, 100, 200],
  ]).toContainEqual(answers());
  socket.destroy();
});

it('garbage behind a refusal that waits behind a running request does not cost that request its answer', async () => {
  const refused = head('PUT /lab/numbers HTTP/1.1');
  const answers = await ask(`${head('GET /lab/things/a HTTP/1.1')}${refused}\x00garbage\r\n\r\n`);

  expect([
    [200, 405],
    [200, 405, 400],
  ]).toContainEqual(answers.map(({ status }) => status));
});

it.each([
  ['a broken one closes its connection alone', '\xd1\x80\0\0\0\0', '\x88\x02\x03\xea'],
  ['an empty one ends the messages, and the answer comes', '\x81\x80\0\0\0\0', '{'],
])('of a frame in one packet with its handshake, %s', async (_, frame, expected) => {
  const received: Buffer[] = [];
  const socket = connect(lab.port, '127.0.0.1').on('data', (chunk: Buffer) => received.push(chunk));
  const key = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];

  socket.write(Buffer.from(head('GET /lab/sum HTTP/1.1', ...handshake, ...key) + frame, 'latin1'));

  await expect.poll(() => Buffer.concat(received).toString('latin1')).toContain(expected);
  expect((await ask(head('GET /lab/things/a HTTP/1.1', 'Connection: close')))[0]?.status).toBe(200);
  socket.destroy();
});
