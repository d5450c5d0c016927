import { FakeClock } from '@mainstay/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Everything, WatchThingsRequest } from './contracts/gen/lab/v1/lab_pb.ts';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from './harness.ts';
import { failWith } from './transcoding/failures.ts';

let lab: TestGateway | undefined;
/** How many messages the service has taken from the client of the last test. */
let taken = 0;
let ended: string[] = [];
let hold: Promise<void> = Promise.resolve();

afterEach(async () => {
  await lab?.[Symbol.asyncDispose]();
  [taken, ended, hold] = [0, [], Promise.resolve()];
});

const start = async (options: TestGatewayOptions = {}): Promise<TestGateway> => {
  lab = await startTestGateway(
    {
      lab: {
        async sumThings(things: AsyncIterable<Everything>) {
          let sum = 0n;
          for await (const { big } of things) sum += big;
          return { big: sum };
        },
        async *chatThings(things: AsyncIterable<Everything>) {
          try {
            for await (const { text, small } of things) {
              taken++;
              await hold;
              failWith({ text: small === 0 ? '' : `fail-aborted` });
              yield { text: `${text} heard` };
            }
          } finally {
            ended.push('chat');
          }
        },
        async *watchThings({ text, afterPosition, count }: WatchThingsRequest) {
          for (let position = afterPosition + 1n; position <= BigInt(count); position++) yield { position, text };
        },
      },
    },
    options,
  );
  return lab;
};

interface Talk {
  readonly socket: WebSocket;
  readonly frames: string[];
  /** Code and reason of the close. */
  readonly closed: Promise<readonly [number, string]>;
}

/** Opens a WebSocket; rejects with status and body of a refusal. */
function open(
  { port }: TestGateway,
  path: string,
  options: { token?: string; origin?: string; protocols?: string[]; autoPong?: boolean } = {},
): Promise<Talk> {
  const { token, origin, protocols = [], autoPong = true } = options;
  const headers = { 'x-api-key': 'demo-enterprise', ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, {
    headers,
    autoPong,
    ...(origin !== undefined && { origin }),
  });
  const frames: string[] = [];
  socket.on('message', (data: Buffer) => frames.push(data.toString('utf8')));
  const closed = new Promise<readonly [number, string]>((resolve) => {
    socket.on('close', (code, reason) => resolve([code, reason.toString('utf8')]));
  });
  return new Promise((resolve, reject) => {
    socket.on('error', () => undefined);
    socket.on('open', () => resolve({ socket, frames, closed }));
    socket.on('unexpected-response', (_, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const problem = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { reason: string };
        reject(new TypeError(`${response.statusCode} ${problem.reason}`));
      });
    });
  });
}

describe('a WebSocket', () => {
  it('sends the messages of a client until its empty frame, then gets the one answer and the close 1000', async () => {
    const { socket, frames, closed } = await open(await start(), '/lab/sum');
    for (const frame of ['{"big":"9223372036854775806"}', '{"big":1}', '']) socket.send(frame);

    expect(await closed).toEqual([1_000, '']);
    expect(frames.map((frame) => (JSON.parse(frame) as { big: string }).big)).toEqual(['9223372036854775807']);
  });

  it('talks both ways at once, with the fields of the path in every message', async () => {
    const gateway = await start();
    const { socket, frames, closed } = await open(gateway, '/lab/chats/me', { token: await gateway.tokens.sign() });
    socket.send('{}');
    await expect.poll(() => frames.length).toBe(1);
    socket.send('{"text":"me"}');
    await expect.poll(() => frames.length).toBe(2);
    socket.send('');

    expect(await closed).toEqual([1_000, '']);
    expect(frames[1]).toContain('"text":"me heard"');
  });

  it('streams answers to a request of path and query, which may name the position to go on after', async () => {
    const { frames, closed } = await open(await start(), '/lab/watch/a?count=3&after_position=1');

    expect(await closed).toEqual([1_000, '']);
    expect(frames).toEqual(['{"position":"2","text":"a"}', '{"position":"3","text":"a"}']);
  });

  it.each([
    ['what is no JSON', '{', 4_003, 'BODY_MALFORMED'],
    ['a field that does not exist', '{"txt":1}', 4_003, 'REQUEST_INVALID'],
    ['another value than the path has', '{"text":"you"}', 4_003, 'REQUEST_INVALID'],
    ['bytes', Buffer.from('{}'), 4_003, 'FRAME_INVALID'],
    ['what the service refuses', '{"small":1}', 4_010, 'LAB_FAILED'],
  ])('ends with a problem and 4000 + the code for %s', async (_, frame, code, reason) => {
    const gateway = await start();
    const { socket, frames, closed } = await open(gateway, '/lab/chats/me', { token: await gateway.tokens.sign() });
    socket.send(frame);

    expect(await closed).toEqual([code, reason]);
    expect(JSON.parse(frames.at(-1) ?? '{}')).toMatchObject({ '@problem': { reason, instance: '/lab/chats/me' } });
  });

  it('is closed with 1009 for a frame larger than a body may be', async () => {
    const { socket, closed } = await open(await start(), '/lab/sum');
    socket.send(`{"text":"${'x'.repeat(1_048_576)}"}`);

    expect((await closed)[0]).toBe(1_009);
  });

  it('is no longer read while 16 frames wait for the service, and loses none', async () => {
    const gateway = await start();
    let release = (): void => undefined;
    hold = new Promise((resolve) => {
      release = resolve;
    });
    const { socket, frames, closed } = await open(gateway, '/lab/chats/me', { token: await gateway.tokens.sign() });
    for (let i = 0; i < 500; i++) socket.send(`{"numbers":[${'1,'.repeat(1_000)}1]}`);
    socket.send('');
    await expect.poll(() => taken).toBe(1);

    release();

    expect(await closed).toEqual([1_000, '']);
    expect(frames).toHaveLength(500);
  });

  it('cancels the call when its client goes away', async () => {
    const gateway = await start();
    const { socket, frames } = await open(gateway, '/lab/chats/me', { token: await gateway.tokens.sign() });
    socket.send('{}');
    await expect.poll(() => frames.length).toBe(1);
    socket.terminate();

    await expect.poll(() => ended).toEqual(['chat']);
    await expect
      .poll(() => gateway.logs.find(({ message }) => message === 'request')?.fields)
      .toMatchObject({ route: '/lab/chats/{text}', status: 101 });
  });

  it('is cut when its client does not answer a ping within 15 s, and kept when it does', async () => {
    const clock = new FakeClock();
    const gateway = await start({ clock });
    const living = await open(gateway, '/lab/sum');
    const pinged = new Promise((resolve) => living.socket.once('ping', resolve));
    const { closed } = await open(gateway, '/lab/sum', { autoPong: false });

    await clock.advance(15_000);
    await pinged;
    // The pong has arrived when a later frame of the same connection has: the call then ends.
    living.socket.send('{"big":1}');
    living.socket.send('');
    expect(await living.closed).toEqual([1_000, '']);
    await clock.advance(15_000);

    expect((await closed)[0]).toBe(1_006);
  });

  it('ends with GATEWAY_DRAINING when the gateway goes away', async () => {
    const gateway = await start();
    const { closed } = await open(gateway, '/lab/chats/me', { token: await gateway.tokens.sign() });
    await expect.poll(() => gateway.gateway.status()['open_streams']).toBe(1);
    await gateway.gateway.drain();

    expect(await closed).toEqual([4_014, 'GATEWAY_DRAINING']);
  });
});

describe('a handshake', () => {
  it('passes identity like any request; a browser offers its token as a subprotocol, which is not answered', async () => {
    const gateway = await start();
    const protocols = ['mainstay.v1', `bearer.${await gateway.tokens.sign()}`];

    await expect(open(gateway, '/lab/chats/me')).rejects.toThrow('401 TOKEN_REQUIRED');
    await expect(open(gateway, '/lab/chats/me', { token: 'nonsense' })).rejects.toThrow('401 TOKEN_INVALID');
    const { socket } = await open(gateway, '/lab/chats/me', { protocols });
    expect(socket.protocol).toBe('mainstay.v1');
    socket.close();
  });

  it.each([
    ['/lab/things', '400 WEBSOCKET_UNSUPPORTED'],
    ['/lab/parts/a', '400 WEBSOCKET_UNSUPPORTED'],
    ['/lab/nothing', '404 ROUTE_NOT_FOUND'],
  ])('at %s is refused with %s', async (path, refusal) => {
    await expect(open(await start(), path)).rejects.toThrow(refusal);
  });

  it('is refused from a page of another origin, and taken from our own', async () => {
    const gateway = await start();

    await expect(open(gateway, '/lab/sum', { origin: 'https://evil.example' })).rejects.toThrow('403 ORIGIN_REFUSED');
    const { socket } = await open(gateway, '/lab/sum', { origin: `http://127.0.0.1:${gateway.port}` });
    socket.close();
  });

  it('is what a WebSocket needs: a plain request is answered with 426, another protocol is ignored', async () => {
    const gateway = await start();
    const plain = await gateway.send('GET', '/lab/sum');
    const other = await gateway.send('GET', '/lab/watch/a?count=1', {
      headers: { connection: 'upgrade', upgrade: 'h2c' },
    });

    expect([plain.status, plain.headers['upgrade'], plain.json.reason]).toEqual([426, 'websocket', 'UPGRADE_REQUIRED']);
    expect(other.status).toBe(200);
  });
});
