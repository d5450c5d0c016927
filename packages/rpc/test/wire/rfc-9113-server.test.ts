import { leakCheck } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { errorCode } from '../../src/engine/faults/error-code.ts';
import { connectionPreface, frameFlag, frameType, setting } from '../../src/engine/wire/frames/frame.ts';
import {
  callAndCompare,
  dataFrame,
  headersFrame,
  literalBlock,
  rawFrame,
  requestFields,
  requestFrames,
  requestWithout,
  settingsFrame,
  textMessage,
  uint32,
} from './raw-peer.ts';
import { watchedServer } from './raw-server.ts';

const { data, headers, priority, rstStream, settings, ping, goaway, windowUpdate, continuation } = frameType;
const { endStream, endHeaders, ack, padded } = frameFlag;
const zeros = (bytes: number): Buffer => Buffer.alloc(bytes);

test('RFC 9113 3.4: other bytes than the preface get GOAWAY, also when they come one by one', async () => {
  await using _leaks = leakCheck();
  await using server = await watchedServer();
  for (const bytes of ['GET / HTTP/1.1\r\n\r\n', `${connectionPreface.toString('latin1', 0, 20)}XXXX`]) {
    await using peer = await server.connect({ bare: true });
    for (const byte of Buffer.from(bytes, 'latin1')) peer.send(Buffer.from([byte]));
    expect(await peer.goawayCode()).toBe(errorCode.protocolError);
    await peer.closed;
  }
  expect(server.rules).toEqual(['preface', 'preface']);
});

test.for<[string, Buffer]>([
  ['PING', rawFrame(ping, 0, 0, zeros(8))],
  ['HEADERS', headersFrame(1)],
  ['an acknowledgement of SETTINGS', rawFrame(settings, ack, 0)],
])('RFC 9113 3.4: %s as the first frame ends the connection', async ([, first]) => {
  await using server = await watchedServer();
  await using peer = await server.connect({ bare: true });

  peer.send(connectionPreface, first);

  expect(await peer.goawayCode()).toBe(errorCode.protocolError);
  expect(server.rules).toEqual(['preface']);
});

test('RFC 9113 6.5.3 and 6.7: SETTINGS and PING are acknowledged, a ping with its own content', async () => {
  await using server = await watchedServer();
  await using peer = await server.connect();

  peer.send(rawFrame(ping, 0, 0, Buffer.from('12345678')));

  expect((await peer.next(settings, 0, ack))?.payload).toHaveLength(0);
  expect((await peer.next(ping, 0, ack))?.payload.toString()).toBe('12345678');
  peer.send(rawFrame(ping, ack, 0, Buffer.from('abcdefgh')));
  expect(await peer.isAlive()).toBe(true);
  expect(peer.received.filter(({ type }) => type === ping)).toEqual([]);
});

test('RFC 9113 4.1, 5.3 and 5.5: unknown frames, settings and flags, reserved bits and priorities change nothing', async () => {
  await using server = await watchedServer();
  await using peer = await server.connect();
  const prioritised = Buffer.concat([zeros(5), literalBlock(requestFields)]);

  peer.send(
    rawFrame(77, 255, 2 ** 31 + 9, zeros(100)),
    settingsFrame([[0x99, 1]]),
    rawFrame(priority, 0, 101, zeros(5)),
    rawFrame(headers, endHeaders | frameFlag.priority | 0x40, 2 ** 31 + 1, prioritised),
    rawFrame(data, endStream | padded | 0x40, 1, Buffer.concat([Buffer.from([7]), textMessage('padded'), zeros(7)])),
  );

  expect((await peer.next(data, 1))?.payload.toString('latin1')).toContain('padded');
  expect(server.rules).toEqual([]);
});

test('RFC 9113 6.10: a header block may be cut anywhere into CONTINUATION frames', async () => {
  await using server = await watchedServer();
  await using peer = await server.connect();
  const block = literalBlock(requestFields);

  for (let i = 0; i < 12; i++) {
    const at = i * 10 + 3;
    const streamId = 1 + 2 * i;
    peer.send(
      rawFrame(headers, 0, streamId, block.subarray(0, at)),
      rawFrame(continuation, 0, streamId, block.subarray(at, at + 4)),
      rawFrame(continuation, 0, streamId),
      rawFrame(continuation, endHeaders, streamId, block.subarray(at + 4)),
      dataFrame(streamId, textMessage(`cut at ${at}`), endStream),
    );
    expect((await peer.next(data, streamId))?.payload.toString('latin1')).toContain(`cut at ${at}`);
  }
});

test('RFC 9113 5.1.2: the third stream of two at once is refused, and a reset frees a place only when its handler is done', async () => {
  await using server = await watchedServer({ maxConcurrentStreams: 2 });
  await using peer = await server.connect();
  peer.send(requestFrames(1, 'wait'), requestFrames(3, 'wait'), requestFrames(5, 'no room'));
  expect(await peer.resetCode(5)).toBe(errorCode.refusedStream);

  peer.send(rawFrame(rstStream, 0, 1, uint32(errorCode.cancel)), requestFrames(7, 'still no room'));
  expect(await peer.resetCode(7)).toBe(errorCode.refusedStream);
  expect(server.calls[0]?.cancellation.isCanceled).toBe(true);

  server.release();
  expect(await peer.next(data, 3)).toBeDefined();
  await callAndCompare(peer, 9);
  expect(server.rules).toEqual(['too_many_streams', 'too_many_streams']);
});

test('RFC 9113 6.9: an answer of 100000 bytes keeps to windows of 10, then 1000 bytes, then goes on', async () => {
  await using server = await watchedServer();
  await using peer = await server.connect({ settings: [[setting.initialWindowSize, 10]] });
  peer.send(requestFrames(1, 'big 100000'));

  expect((await peer.next(data, 1))?.payload).toHaveLength(10);
  peer.send(rawFrame(windowUpdate, 0, 1, uint32(1_000)));
  expect((await peer.next(data, 1))?.payload).toHaveLength(1_000);
  // Windows shrink below zero and open again (6.9.2).
  peer.send(settingsFrame([[setting.initialWindowSize, 0]]), rawFrame(windowUpdate, 0, 1, uint32(10)));
  expect(await peer.isAlive()).toBe(true);
  expect(peer.received.filter(({ type }) => type === data)).toEqual([]);
  peer.send(rawFrame(windowUpdate, 0, 1, uint32(200_000)), rawFrame(windowUpdate, 0, 0, uint32(200_000)));

  let bytes = 1_010;
  for (;;) {
    const frame = await peer.next(data, 1);
    bytes += frame!.payload.length;
    if (bytes >= 100_000) break;
  }
  expect(bytes).toBe(5 + 4 + 100_000);
  expect(await peer.next(headers, 1, endStream)).toBeDefined();
});

const clientStream = (id: number): Buffer =>
  headersFrame(id, [
    ...requestWithout(':path').slice(0, 2),
    [':path', '/test.v1.KindsService/ClientStream'],
    ['content-type', 'application/grpc'],
  ]);

test('RFC 9113 6.9.1: a peer that sends beyond the window of a stream loses the stream, and no other', async () => {
  await using server = await watchedServer({ streamWindowBytes: 10_000, connectionWindowBytes: 100_000 });
  await using peer = await server.connect();
  const begun = Buffer.concat([Buffer.from([0]), uint32(1_000_000)]);

  peer.send(clientStream(1), dataFrame(1, begun), dataFrame(1, zeros(10_000)));

  expect(await peer.resetCode(1)).toBe(errorCode.flowControlError);
  await callAndCompare(peer, 3);
});

test('RFC 9113 6.9.1: a peer that sends beyond the window of the connection loses everything', async () => {
  await using server = await watchedServer({ streamWindowBytes: 10_000, connectionWindowBytes: 100_000 });
  await using peer = await server.connect();

  // The second message of each of 15 streams is not taken, because the handler still waits with the first.
  for (let id = 1; id < 30; id += 2) {
    peer.send(clientStream(id), dataFrame(id, Buffer.concat([textMessage('wait'), textMessage('x'.repeat(9_000))])));
  }

  expect(await peer.goawayCode()).toBe(errorCode.flowControlError);
});

test('RFC 9113 8.1: an answer that does not need the whole request asks the peer to stop with NO_ERROR', async () => {
  await using server = await watchedServer();
  await using peer = await server.connect();

  peer.send(
    headersFrame(1, [
      ...requestWithout(':path').slice(0, 2),
      [':path', '/nowhere'],
      ['content-type', 'application/grpc'],
    ]),
  );

  expect(await peer.next(headers, 1, endStream)).toBeDefined();
  expect(await peer.resetCode(1)).toBe(errorCode.noError);
  peer.send(dataFrame(1, zeros(5)), headersFrame(1, [['x', 'y']], endStream));
  expect(await peer.isAlive()).toBe(true);
  expect(server.rules).toEqual([]);
});

test('RFC 9113 6.8: a drain says GOAWAY twice, takes what was on its way, refuses what comes later, ends when all is done', async () => {
  await using server = await watchedServer();
  await using peer = await server.connect();
  peer.send(requestFrames(1, 'wait'));
  expect(await peer.isAlive()).toBe(true);

  server.server.stopAccepting();

  expect((await peer.next(goaway))?.payload.readUInt32BE(0)).toBe(2 ** 31 - 1);
  const drainPing = await peer.next(ping, 0);
  peer.send(requestFrames(3, 'on its way'));
  expect(await peer.next(data, 3)).toBeDefined();
  peer.send(rawFrame(ping, ack, 0, drainPing!.payload));
  expect((await peer.next(goaway))?.payload.readUInt32BE(0)).toBe(3);
  peer.send(requestFrames(5, 'too late'));
  expect(await peer.resetCode(5)).toBe(errorCode.refusedStream);
  server.release();
  expect((await peer.next(data, 1))?.payload.toString('latin1')).toContain('wait');
  await peer.closed;
});
