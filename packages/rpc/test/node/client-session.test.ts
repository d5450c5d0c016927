import { once } from 'node:events';
import { constants, createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { create, type Message, toBinary } from '@bufbuild/protobuf';
import { Cancellation, type Clock } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { answerOf } from '../../src/engine/answer-of.ts';
import type { ClientConnection, EngineAnswer, EngineCall } from '../../src/engine/engine.ts';
import { Metadata } from '../../src/engine/metadata.ts';
import { createNodeClientEngine, type NodeClientSettings } from '../../src/engine/node/client-engine.ts';
import { prefixMessage } from '../../src/engine/node/prefix-message.ts';
import { frameFlag, frameType } from '../../src/engine/wire/frames/frame.ts';
import { KindsService } from '../kinds-service.ts';
import { rawFrame, settingsFrame } from '../wire/raw-peer.ts';

const { unary, serverStream } = KindsService.method;
const text = (value: string): Message => create(unary.input, { value });
const framed = (value: string): Buffer => prefixMessage(toBinary(unary.output, create(unary.output, { value })), 0);

interface Scripted extends AsyncDisposable {
  readonly connection: ClientConnection;
  readonly streams: ServerHttp2Stream[];
  readonly sessions: ServerHttp2Session[];
  call(cancellation?: Cancellation): Promise<EngineAnswer>;
  /** Waits until so many calls have arrived. */
  arrived(count: number): Promise<void>;
}

const ask = (cancellation: Cancellation): EngineCall => ({
  method: unary,
  payload: text('ask'),
  header: new Metadata(),
  cancellation,
});

/** A peer that does what the test says, and a client of it. */
async function script(
  onStream: (stream: ServerHttp2Stream) => void,
  options: { settings?: NodeClientSettings; clock?: Clock; maxConcurrentStreams?: number } = {},
): Promise<Scripted> {
  const { settings = {}, clock, maxConcurrentStreams = 1_000 } = options;
  const server: Http2Server = createServer({ settings: { maxConcurrentStreams } });
  const streams: ServerHttp2Stream[] = [];
  const sessions: ServerHttp2Session[] = [];
  server.on('session', (session) => {
    sessions.push(session);
    session.on('error', () => undefined);
  });
  server.on('stream', (stream) => {
    stream.on('error', () => undefined);
    streams.push(stream);
    onStream(stream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = createNodeClientEngine(settings).connect({
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    maxMessageBytes: 100_000,
    connectTimeoutMs: 2_000,
    ...(clock !== undefined && { clock }),
  });
  return {
    connection,
    streams,
    sessions,
    call: (cancellation = new Cancellation()) => answerOf((sink) => connection.call(ask(cancellation), sink)),
    async arrived(count) {
      while (streams.length < count) await turn();
    },
    async [Symbol.asyncDispose]() {
      connection.close();
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function answer(stream: ServerHttp2Stream): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(framed('answer'));
}

test('a call beyond the 2 that the peer takes waits its turn, and one that is canceled meanwhile is never sent', async () => {
  await using peer = await script(() => undefined, { maxConcurrentStreams: 2 });
  const first = [peer.call(), peer.call()];
  await peer.arrived(2);
  const canceled = new Cancellation();
  const [gone, waiting] = [peer.call(canceled), peer.call()];
  await turn();

  canceled.cancel(new Error('nobody waits'));
  await expect(gone).rejects.toMatchObject({ reason: 'CANCELED', executed: 'no' });
  answer(peer.streams[0]!);
  await first[0];
  await peer.arrived(3);
  for (const stream of peer.streams.slice(1)) answer(stream);

  await Promise.all([...first, waiting]);
  expect(peer.streams).toHaveLength(3);
});

test('a call that the peer refuses did not run', async () => {
  await using peer = await script((stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM));

  await expect(peer.call()).rejects.toMatchObject({ reason: 'STREAM_REFUSED', executed: 'no' });
});

test('a call above the last stream of a GOAWAY goes out once more, the one below is answered', async () => {
  await using peer = await script((stream) => {
    if (peer.sessions.length === 2) answer(stream);
  });
  const below = peer.call();
  await peer.arrived(1);
  const above = peer.call();
  await peer.arrived(2);

  peer.sessions[0]!.goaway(constants.NGHTTP2_NO_ERROR, 1);
  await above;
  answer(peer.streams[0]!);

  await below;
  expect([peer.sessions.length, peer.streams.length]).toEqual([2, 3]);
});

test('after the last id of its streams a connection is replaced without a lost call', async () => {
  await using peer = await script(answer, { settings: { firstStreamId: 2 ** 31 - 3 } });

  for (let i = 0; i < 4; i++) await peer.call();

  expect(peer.sessions.length).toBeGreaterThan(1);
  expect(peer.streams).toHaveLength(4);
});

test('a peer that gives no sign of life within 5 s, 20 s after the last, costs the call, which may have run', async () => {
  const clock = new FakeClock();
  const arrived = Promise.withResolvers<Socket>();
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(Buffer.concat([settingsFrame(), rawFrame(frameType.settings, frameFlag.ack, 0)]));
    socket.on('data', (chunk) => {
      if (chunk.includes('ask')) arrived.resolve(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const connection = createNodeClientEngine().connect({
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    maxMessageBytes: 1_000,
    connectTimeoutMs: 2_000,
    clock,
  });
  let failure: unknown;
  connection.call(ask(new Cancellation()), {
    onAnswer: () => expect.unreachable(),
    onFailure(error) {
      failure = error;
    },
  });
  const socket = await arrived.promise;

  let seconds = 0;
  for (; failure === undefined; seconds++) {
    for (let i = 0; i < 5; i++) await turn();
    await clock.advance(1_000);
  }

  expect(failure).toMatchObject({ reason: 'CONNECTION_LOST', executed: 'maybe' });
  expect(seconds).toBeGreaterThanOrEqual(25);
  connection.close();
  socket.destroy();
  server.close();
  await once(server, 'close');
});

test('a peer that answers pings keeps its call for 100 s', async () => {
  const clock = new FakeClock();
  await using peer = await script(() => undefined, { clock });
  const call = peer.call();
  await peer.arrived(1);

  for (let seconds = 0; seconds < 100; seconds++) {
    for (let i = 0; i < 5; i++) await turn();
    await clock.advance(1_000);
  }
  answer(peer.streams[0]!);

  expect((await call).payload).toMatchObject({ value: 'answer' });
});

test('a reader that takes nothing stops the peer after 512 KiB, and gets all 2,000 messages when it reads on', async () => {
  const message = framed('x'.repeat(1_000));
  await using peer = await script((stream) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    for (let i = 0; i < 2_000; i++) stream.write(message);
    stream.end();
  });
  const call = { ...ask(new Cancellation()), method: serverStream };
  const { payload } = await answerOf((sink) => peer.connection.call(call, sink));
  const left = (): number => peer.streams[0]!.writableLength;
  for (let before = -1; before !== left(); ) {
    before = left();
    for (let i = 0; i < 50; i++) await turn();
  }

  expect(2_000 * message.length - left()).toBeLessThan(524_288);
  let count = 0;
  for await (const each of payload as AsyncIterable<Message>) {
    expect(each).toBeDefined();
    count += 1;
  }
  expect(count).toBe(2_000);
});
