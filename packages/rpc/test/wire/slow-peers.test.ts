import { FakeClock, leakCheck } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { errorCode } from '../../src/engine/faults/error-code.ts';
import { connectionPreface, frameFlag, frameType, setting } from '../../src/engine/wire/frames/frame.ts';
import { watchedClient } from './raw-client.ts';
import {
  dataFrame,
  headersFrame,
  literalBlock,
  type RawPeer,
  rawFrame,
  requestFields,
  requestFrames,
  settingsFrame,
  textMessage,
  uint32,
} from './raw-peer.ts';
import { type WatchedServer, watchedServer } from './raw-server.ts';

// Peers that make us wait. Time is a fake clock's; each limit is looked at once a second.

const { data, headers, settings, ping, goaway, windowUpdate } = frameType;
const { endStream, ack } = frameFlag;

interface Watched {
  readonly clock: FakeClock;
  readonly server: WatchedServer;
}

async function watched(limits: Parameters<typeof watchedServer>[0] = {}): Promise<Watched & AsyncDisposable> {
  const clock = new FakeClock();
  const server = await watchedServer(limits, { clock });
  return { clock, server, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Waits until the server has its connection, and its settings have come. */
async function opened(peer: RawPeer): Promise<void> {
  await peer.next(settings, 0);
}

// Each row: what was sent of a connection's beginning, after how long, which rule, which code.
test.for<[title: string, sent: Buffer[], afterMs: number, rule: string, code: number]>([
  ['nothing at all', [], 10_000, 'handshake_timeout', errorCode.settingsTimeout],
  ['half a preface', [connectionPreface.subarray(0, 12)], 10_000, 'handshake_timeout', errorCode.settingsTimeout],
  ['a preface and no SETTINGS', [connectionPreface], 10_000, 'handshake_timeout', errorCode.settingsTimeout],
  [
    'SETTINGS and no acknowledgement of ours',
    [connectionPreface, settingsFrame()],
    10_000,
    'settings_ack_timeout',
    errorCode.settingsTimeout,
  ],
])(
  'a client that sends %s gets SETTINGS_TIMEOUT after its time, not a second before',
  async ([, sent, afterMs, rule, code]) => {
    await using _leaks = leakCheck();
    await using world = await watched();
    await using peer = await world.server.connect({ bare: true });
    peer.send(...sent);
    await opened(peer);

    await world.clock.advance(afterMs - 1_000);
    expect(world.server.rules).toEqual([]);
    await world.clock.advance(2_000);

    expect(await peer.goawayCode()).toBe(code);
    expect(world.server.rules).toEqual([rule]);
    expect(world.server.lines.join()).toContain(rule);
    await world.clock.advance(2_000);
    await peer.closed;
  },
);

test.for<[title: string, begun: Buffer, drip: Buffer]>([
  ['a frame', dataFrame(1, textMessage('x'.repeat(100))).subarray(0, 20), Buffer.from('x')],
  ['the head of a frame', Buffer.from([0, 0]), Buffer.alloc(0)],
  ['a header block', rawFrame(headers, 0, 3, literalBlock(requestFields).subarray(0, 20)), Buffer.alloc(0)],
])('a client that begins %s and lets its rest drip gets ENHANCE_YOUR_CALM after 20 s', async ([, begun, drip]) => {
  await using world = await watched();
  await using peer = await world.server.connect();
  peer.send(headersFrame(1));
  await peer.isAlive();

  peer.send(begun);
  for (let seconds = 0; seconds < 22 && world.server.rules.length === 0; seconds++) {
    if (drip.length > 0) peer.send(drip);
    await world.clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }

  expect(await peer.goawayCode()).toBe(errorCode.enhanceYourCalm);
  expect(world.server.rules).toEqual(['partial_timeout']);
});

test('a request whose message is not complete after 60 s gives its place up, however it trickles; a stream of requests may wait', async () => {
  await using world = await watched();
  await using peer = await world.server.connect();
  const streaming = headersFrame(
    3,
    requestFields.map(([name, value]) => [name, value.replace('/Unary', '/ClientStream')]),
  );
  peer.send(headersFrame(1), streaming, dataFrame(1, textMessage('x'.repeat(200)).subarray(0, 100)));
  await peer.isAlive();

  for (let seconds = 0; seconds < 59; seconds++) {
    peer.send(dataFrame(1, Buffer.from('x')));
    await peer.isAlive();
    await world.clock.advance(1_000);
  }
  expect(world.server.rules).toEqual([]);
  await world.clock.advance(3_000);

  expect(await peer.resetCode(1)).toBe(errorCode.cancel);
  expect(world.server.rules).toEqual(['request_timeout']);
  peer.send(dataFrame(3, textMessage('fine'), endStream));
  expect((await peer.next(data, 3))?.payload.toString()).toContain('fine');
});

test('a reader that opens no window loses its stream after 300 s, and no other', async () => {
  await using world = await watched({ keepaliveMs: 0 });
  await using peer = await world.server.connect({ settings: [[setting.initialWindowSize, 0]] });
  peer.send(requestFrames(1, 'fine'));
  await peer.isAlive();

  await world.clock.advance(299_000);
  expect(world.server.rules).toEqual([]);
  peer.send(settingsFrame([[setting.initialWindowSize, 0]]));
  await peer.isAlive();
  await world.clock.advance(3_000);

  expect(await peer.resetCode(1)).toBe(errorCode.cancel);
  expect(world.server.rules).toEqual(['stream_stall']);
  expect(await peer.isAlive()).toBe(true);
});

test('a reader that opens its window by 1 byte every 100 s does not hold an answer for longer than 300 s', async () => {
  await using world = await watched({ keepaliveMs: 0 });
  await using peer = await world.server.connect({ settings: [[setting.initialWindowSize, 0]] });
  peer.send(requestFrames(1, 'big 1000'));
  await peer.isAlive();

  for (let i = 0; i < 4 && world.server.rules.length === 0; i++) {
    peer.send(rawFrame(windowUpdate, 0, 1, uint32(1)));
    await peer.isAlive();
    await world.clock.advance(100_000);
  }

  expect(await peer.resetCode(1)).toBe(errorCode.cancel);
  expect(world.server.rules).toEqual(['stream_stall']);
});

test('a client that reads nothing is cut after 60 s', async () => {
  await using world = await watched({ keepaliveMs: 0 });
  await using peer = await world.server.connect({ settings: [[setting.initialWindowSize, 2 ** 31 - 1]] });
  peer.send(rawFrame(windowUpdate, 0, 0, uint32(2 ** 31 - 1 - 65_535)));
  await peer.isAlive();
  peer.socket.pause();
  // More than the buffers of both sockets hold.
  for (let id = 1; id < 20; id += 2) peer.send(requestFrames(id, 'big 4000000'));
  while (world.server.calls.length < 10) await new Promise((resolve) => setImmediate(resolve));
  for (let turns = 0; turns < 50; turns++) await new Promise((resolve) => setImmediate(resolve));

  await world.clock.advance(59_000);
  expect(world.server.rules).toEqual([]);
  await world.clock.advance(5_000);

  expect(world.server.rules).toEqual(['write_stall']);
  peer.socket.resume();
  await peer.closed;
});

test('with a call open, a quiet client is pinged after 20 s and cut 5 s later; one that answers is not', async () => {
  await using world = await watched();
  await using dead = await world.server.connect();
  await using alive = await world.server.connect();
  for (const peer of [dead, alive]) {
    peer.send(requestFrames(1, 'wait'));
    await peer.isAlive();
  }

  await world.clock.advance(22_000);
  const asked = await alive.next(ping, 0);
  alive.send(rawFrame(ping, ack, 0, asked!.payload));
  await alive.isAlive();
  await world.clock.advance(6_000);

  await dead.closed;
  expect(world.server.rules).toEqual(['keepalive_timeout']);
  world.server.release();
  expect(await alive.next(data, 1)).toBeDefined();
});

test('a connection without calls ends with GOAWAY after its idle time of 30 s, one with a call does not', async () => {
  await using world = await watched({ idleTimeoutMs: 30_000, keepaliveMs: 0 });
  await using idle = await world.server.connect();
  await using busy = await world.server.connect();
  busy.send(requestFrames(1, 'wait'));
  await busy.isAlive();
  await idle.isAlive();

  await world.clock.advance(29_000);
  expect(idle.received.filter(({ type }) => type === goaway)).toEqual([]);
  await world.clock.advance(4_000);

  expect(await idle.goawayCode()).toBe(errorCode.noError);
  await world.clock.advance(2_000);
  await idle.closed;
  expect(await busy.isAlive()).toBe(true);
  world.server.release();
  expect(await busy.next(data, 1)).toBeDefined();
});

test('a connection of 60 s is drained in two steps: what runs ends, what comes late is refused', async () => {
  await using world = await watched({ maxAgeMs: 60_000, keepaliveMs: 0 });
  await using peer = await world.server.connect();
  peer.send(requestFrames(1, 'wait'));
  await peer.isAlive();

  await world.clock.advance(60_000);
  expect((await peer.next(goaway))?.payload.readUInt32BE(0)).toBe(2 ** 31 - 1);
  peer.send(requestFrames(3, 'on its way'));
  expect(await peer.next(data, 3)).toBeDefined();
  // It never answers the ping of the drain, so a second ends it.
  await world.clock.advance(2_000);
  expect((await peer.next(goaway))?.payload.readUInt32BE(0)).toBe(3);
  peer.send(requestFrames(5, 'late'));
  expect(await peer.resetCode(5)).toBe(errorCode.refusedStream);
  world.server.release();

  expect(await peer.next(data, 1)).toBeDefined();
  await peer.closed;
  expect(world.server.rules).toEqual([]);
});

test('a server that accepts and never speaks is given up after 10 s, its call may have run', async () => {
  const clock = new FakeClock();
  await using client = await watchedClient({}, { clock });
  const outcome = client.call();
  const server = await client.accept();
  await server.next(headers, 1);

  await clock.advance(12_000);

  expect(await server.goawayCode()).toBe(errorCode.settingsTimeout);
  expect(await outcome).toMatch(/maybe$/);
  expect(client.rules).toEqual(['handshake_timeout']);
});

test('a server that dies quietly is found out 25 s later by a ping, and one that calls that too many is asked every 5 minutes', async () => {
  const clock = new FakeClock();
  await using client = await watchedClient({}, { clock });
  const first = client.call();
  const server = await client.accept();
  server.send(settingsFrame(), rawFrame(settings, ack, 0));
  await server.isAlive();
  await clock.advance(22_000);
  expect(await server.next(ping, 0)).toBeDefined();
  const calm = Buffer.concat([uint32(0), uint32(errorCode.enhanceYourCalm), Buffer.from('too_many_pings')]);
  server.send(rawFrame(goaway, 0, 0, calm));
  expect(await first).toBe('STREAM_REFUSED no');

  const second = client.call();
  const other = await client.accept();
  other.send(settingsFrame(), rawFrame(settings, ack, 0));
  await other.isAlive();
  await clock.advance(298_000);
  expect(other.received.filter(({ type }) => type === ping)).toEqual([]);
  await clock.advance(4_000);
  expect(await other.next(ping, 0)).toBeDefined();
  await clock.advance(7_000);

  expect(await second).toMatch(/^CONNECTION_LOST maybe/);
  expect(client.rules).toEqual(['keepalive_timeout']);
});
