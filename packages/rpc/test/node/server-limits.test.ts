import { setImmediate as turn } from 'node:timers/promises';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { errorCode } from '../../src/engine/faults/error-code.ts';
import type { SessionLimits } from '../../src/engine/node/limits.ts';
import { createNodeServerEngine } from '../../src/engine/node/server-engine.ts';
import { frameFlag, frameType, setting } from '../../src/engine/wire/frames/frame.ts';
import {
  dataFrame,
  headersFrame,
  type RawPeer,
  rawFrame,
  requestFields,
  requestFrames,
  textMessage,
  uint32,
} from '../wire/raw-peer.ts';
import { type WatchOptions, watch } from '../wire/raw-server.ts';

const serve = (limits: Partial<SessionLimits> = {}, options: WatchOptions = {}) =>
  watch(createNodeServerEngine(limits), options);

/** Lets a second pass at a time, with turns between for sockets, until the peer is cut. */
async function secondsUntilClosed(clock: FakeClock, peer: RawPeer): Promise<number> {
  let isClosed = false;
  void peer.closed.then(() => {
    isClosed = true;
  });
  for (let seconds = 0; ; seconds++) {
    for (let i = 0; i < 20 && !isClosed; i++) await turn();
    if (isClosed) return seconds;
    await clock.advance(1_000);
  }
}

test('a peer that says nothing is cut after 10 s', async () => {
  const clock = new FakeClock();
  await using server = await serve({}, { clock });
  await using peer = await server.connect({ bare: true });
  await peer.next(frameType.settings);

  expect(await secondsUntilClosed(clock, peer)).toBeLessThanOrEqual(11);
  expect(server.rules).toEqual(['handshake_timeout']);
});

test('a connection without calls is drained after its 30 s, one with a call goes on', async () => {
  const clock = new FakeClock();
  await using server = await serve({ idleTimeoutMs: 30_000, keepaliveMs: 0 }, { clock });
  await using peer = await server.connect();
  peer.send(requestFrames(1, 'wait'));
  while (server.running() === 0) await turn();

  for (let i = 0; i < 60; i++) await clock.advance(1_000);
  expect(await peer.isAlive()).toBe(true);
  server.release();
  await peer.next(frameType.headers, 1, frameFlag.endStream);

  for (let i = 0; i < 40; i++) await clock.advance(1_000);
  expect(await peer.goawayCode()).toBe(errorCode.noError);
});

test('a drain names the last stream that is worked on, and what comes above it does not run', async () => {
  await using server = await serve();
  await using peer = await server.connect();
  peer.send(requestFrames(1, 'wait'));
  while (server.running() === 0) await turn();

  server.server.stopAccepting();
  const goaway = await peer.next(frameType.goaway);
  peer.send(requestFrames(3, 'late'));
  server.release();

  expect(goaway?.payload.readUInt32BE(0)).toBe(1);
  expect(await peer.next(frameType.headers, 1, frameFlag.endStream)).toBeDefined();
  await peer.closed;
  expect(server.calls).toHaveLength(1);
});

test('a reset frees no place before its handler is done: the third of two at once is refused', async () => {
  await using server = await serve({ maxConcurrentStreams: 2 });
  await using peer = await server.connect();
  peer.send(requestFrames(1, 'wait'), requestFrames(3, 'wait'));
  while (server.running() < 2) await turn();
  peer.send(rawFrame(frameType.rstStream, 0, 1, uint32(errorCode.cancel)));
  peer.send(rawFrame(frameType.rstStream, 0, 3, uint32(errorCode.cancel)));
  while (!server.calls.every(({ cancellation }) => cancellation.isCanceled)) await turn();

  peer.send(requestFrames(5, 'refused'));
  expect(await peer.resetCode(5)).toBe(errorCode.refusedStream);

  server.release();
  while (server.running() > 0) await turn();
  peer.send(requestFrames(7, 'taken'));
  expect(await peer.next(frameType.headers, 7, frameFlag.endStream)).toBeDefined();
});

test('the 21st reset of a burst of 20 ends the connection', async () => {
  await using server = await serve({ resetBurst: 20, resetsPerSecond: 1 });
  await using peer = await server.connect();

  for (let id = 1; id < 63; id += 2) {
    peer.send(headersFrame(id), rawFrame(frameType.rstStream, 0, id, uint32(errorCode.cancel)));
  }

  expect(await peer.next(frameType.goaway)).toBeDefined();
  await peer.closed;
});

test.for<[string, [string, string][]]>([
  ['16 KiB', [['x-large', 'x'.repeat(17_000)]]],
  ['128 fields', Array.from({ length: 130 }, (_, i) => [`x-${i}`, 'x'])],
])('a header list of more than %s costs the peer its stream, and no other', async ([, fields]) => {
  await using server = await serve();
  await using peer = await server.connect();
  const block = headersFrame(1, [...requestFields, ...fields]).subarray(9);
  const cut = Math.min(block.length, 16_000);
  peer.send(
    rawFrame(frameType.headers, cut === block.length ? frameFlag.endHeaders : 0, 1, block.subarray(0, cut)),
    ...(cut < block.length ? [rawFrame(frameType.continuation, frameFlag.endHeaders, 1, block.subarray(cut))] : []),
  );

  expect(await peer.resetCode(1)).toBeGreaterThan(0);
  peer.send(requestFrames(3, 'fine'));
  expect(await peer.next(frameType.headers, 3, frameFlag.endStream)).toBeDefined();
  expect(server.calls).toHaveLength(1);
});

test('a peer that reads nothing is cut after 60 s without a byte', async () => {
  const clock = new FakeClock();
  await using server = await serve({ keepaliveMs: 0 }, { clock });
  const large = 2 ** 31 - 1;
  await using peer = await server.connect({ settings: [[setting.initialWindowSize, large]] });
  peer.send(rawFrame(frameType.windowUpdate, 0, 0, uint32(large - 65_535)));
  peer.socket.pause();
  for (let id = 1; id < 21; id += 2) peer.send(requestFrames(id, 'big 4000000'));
  while (server.calls.length < 10) await turn();

  let seconds = 0;
  for (; server.rules.length === 0; seconds++) {
    for (let n = 0; n < 5; n++) await turn();
    await clock.advance(1_000);
  }
  peer.socket.resume();

  await peer.closed;
  expect(server.rules).toEqual(['write_stall']);
  expect(seconds).toBeGreaterThanOrEqual(60);
});

test('a handler that does not read stops its caller after 512 KiB at most', async () => {
  await using server = await serve();
  await using peer = await server.connect();
  peer.send(headersFrame(1, [...requestFields.filter(([name]) => name !== ':path'), clientStream].toSorted(byPseudo)));
  let credit = 0;
  const message = textMessage(`wait`);
  for (let sent = 0; sent < 262_144; sent += 16_000) peer.send(dataFrame(1, Buffer.concat(filled(message, 16_000))));
  while (server.running() === 0) await turn();

  expect(await peer.isAlive()).toBe(true);
  for (const { type, streamId, payload } of peer.received) {
    if (type === frameType.windowUpdate && streamId === 1) credit += payload.readUInt32BE(0);
  }
  expect(credit).toBeLessThanOrEqual(262_144);
});

const clientStream = [':path', '/test.v1.KindsService/ClientStream'] as const;
const byPseudo = ([a]: readonly [string, string], [b]: readonly [string, string]): number =>
  Number(b.startsWith(':')) - Number(a.startsWith(':'));

function filled(message: Buffer, bytes: number): Buffer[] {
  return Array.from({ length: Math.floor(bytes / message.length) }, () => message);
}
