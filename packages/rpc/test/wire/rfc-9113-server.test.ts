import { leakCheck } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { connectionPreface, errorCode, frameFlag, frameType, setting } from '../../src/engine/wire/frames/frame.ts';
import {
  dataFrame,
  type Fields,
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
import { watchedServer } from './raw-server.ts';

const { data, headers, priority, rstStream, settings, pushPromise, ping, goaway, windowUpdate, continuation } =
  frameType;
const { endStream, endHeaders, ack, padded } = frameFlag;
const zeros = (bytes: number): Buffer => Buffer.alloc(bytes);

/** A request whose handler waits, so that its stream stays half closed. */
const waiting = requestFrames(1, 'wait');
/** A request whose message has not come yet. */
const open = headersFrame(1);

// Each row: section of RFC 9113, what the peer does, its frames, and the code it must get.
test.for<[section: string, title: string, frames: Buffer[], code: number, rule: string]>([
  [
    '4.1',
    'HEADERS longer than the limit of 16384 bytes',
    [rawFrame(headers, endHeaders, 1, zeros(16_385))],
    6,
    'frame_size',
  ],
  ['4.2', 'DATA longer than the limit', [open, dataFrame(1, zeros(16_385))], 6, 'frame_size'],
  [
    '4.3',
    'a header block that cannot be decoded',
    [rawFrame(headers, endHeaders, 1, Buffer.from([0x80]))],
    9,
    'header_compression',
  ],
  [
    '4.3',
    'DATA inside of a header block',
    [rawFrame(headers, 0, 1, literalBlock(requestFields)), dataFrame(1, zeros(1))],
    1,
    'frame_order',
  ],
  [
    '4.3',
    'an unknown frame inside of a header block',
    [rawFrame(headers, 0, 1, zeros(0)), rawFrame(99, 0, 1)],
    1,
    'frame_order',
  ],
  ['5.1', 'DATA on an idle stream', [dataFrame(1, zeros(1))], 1, 'stream_id'],
  ['5.1', 'RST_STREAM on an idle stream', [rawFrame(rstStream, 0, 1, uint32(8))], 1, 'stream_id'],
  ['5.1', 'WINDOW_UPDATE on an idle stream', [rawFrame(windowUpdate, 0, 1, uint32(1))], 1, 'stream_id'],
  ['5.1', 'CONTINUATION on an idle stream', [rawFrame(continuation, endHeaders, 1)], 1, 'frame_order'],
  ['5.1.1', 'a stream with an even id', [headersFrame(2)], 1, 'stream_id'],
  ['5.1.1', 'a stream with a smaller id than one before', [requestFrames(5, ''), headersFrame(3)], 1, 'stream_id'],
  ['6.1', 'DATA on stream 0', [dataFrame(0, zeros(1))], 1, 'stream_id'],
  [
    '6.1',
    'DATA with more padding than content',
    [open, rawFrame(data, padded, 1, Buffer.from([5, 0]))],
    1,
    'frame_shape',
  ],
  ['6.1', 'padded DATA without a length of its padding', [open, rawFrame(data, padded, 1)], 1, 'frame_shape'],
  ['6.2', 'HEADERS on stream 0', [headersFrame(0)], 1, 'stream_id'],
  [
    '6.2',
    'HEADERS with more padding than content',
    [rawFrame(headers, endHeaders | padded, 1, Buffer.from([9, 0x82]))],
    1,
    'frame_shape',
  ],
  ['6.3', 'PRIORITY on stream 0', [rawFrame(priority, 0, 0, zeros(5))], 1, 'stream_id'],
  ['6.3', 'PRIORITY of 4 bytes', [rawFrame(priority, 0, 1, zeros(4))], 6, 'frame_size'],
  ['6.4', 'RST_STREAM on stream 0', [rawFrame(rstStream, 0, 0, uint32(8))], 1, 'stream_id'],
  ['6.4', 'RST_STREAM of 3 bytes', [waiting, rawFrame(rstStream, 0, 1, zeros(3))], 6, 'frame_size'],
  ['6.5', 'SETTINGS on a stream', [rawFrame(settings, 0, 1)], 1, 'stream_id'],
  ['6.5', 'SETTINGS of 5 bytes', [rawFrame(settings, 0, 0, zeros(5))], 6, 'frame_size'],
  ['6.5', 'an acknowledgement with content', [rawFrame(settings, ack, 0, zeros(6))], 6, 'frame_size'],
  ['6.5.2', 'ENABLE_PUSH of 2', [settingsFrame([[setting.enablePush, 2]])], 1, 'settings_value'],
  [
    '6.5.2',
    'INITIAL_WINDOW_SIZE of 2^31',
    [settingsFrame([[setting.initialWindowSize, 2 ** 31]])],
    3,
    'settings_value',
  ],
  ['6.5.2', 'MAX_FRAME_SIZE of 16383', [settingsFrame([[setting.maxFrameSize, 16_383]])], 1, 'settings_value'],
  ['6.5.2', 'MAX_FRAME_SIZE of 2^24', [settingsFrame([[setting.maxFrameSize, 2 ** 24]])], 1, 'settings_value'],
  ['6.6', 'PUSH_PROMISE from a client', [rawFrame(pushPromise, endHeaders, 1, uint32(2))], 1, 'push'],
  ['6.7', 'PING on a stream', [rawFrame(ping, 0, 1, zeros(8))], 1, 'stream_id'],
  ['6.7', 'PING of 7 bytes', [rawFrame(ping, 0, 0, zeros(7))], 6, 'frame_size'],
  ['6.8', 'GOAWAY on a stream', [rawFrame(goaway, 0, 1, zeros(8))], 1, 'stream_id'],
  ['6.8', 'GOAWAY of 7 bytes', [rawFrame(goaway, 0, 0, zeros(7))], 6, 'frame_size'],
  ['6.9', 'WINDOW_UPDATE of 0 for the connection', [rawFrame(windowUpdate, 0, 0, uint32(0))], 1, 'window'],
  ['6.9', 'WINDOW_UPDATE of 3 bytes', [rawFrame(windowUpdate, 0, 0, zeros(3))], 6, 'frame_size'],
  ['6.9.1', 'a connection window beyond 2^31-1', [rawFrame(windowUpdate, 0, 0, uint32(2 ** 31 - 1))], 3, 'window'],
  [
    '6.9.2',
    'an initial window that lifts an open stream beyond 2^31-1',
    [
      waiting,
      rawFrame(windowUpdate, 0, 1, uint32(2 ** 31 - 1 - 65_535)),
      settingsFrame([[setting.initialWindowSize, 65_536]]),
    ],
    3,
    'window',
  ],
  [
    '6.10',
    'CONTINUATION after nothing',
    [requestFrames(1, ''), rawFrame(continuation, endHeaders, 1)],
    1,
    'frame_order',
  ],
  [
    '6.10',
    'CONTINUATION of another stream',
    [rawFrame(headers, 0, 1, zeros(0)), rawFrame(continuation, endHeaders, 3)],
    1,
    'frame_order',
  ],
])('RFC 9113 %s: %s ends the connection', async ([, , frames, code, rule]) => {
  await using server = await watchedServer();
  await using peer = await server.connect();

  peer.send(...frames);

  expect(await peer.goawayCode()).toBe(code);
  await peer.closed;
  expect(server.rules).toContain(rule);
  expect(server.lines.join()).toContain(rule);
});

const withField = (name: string, value: string): Fields => [...requestFields, [name, value]];
const without = (name: string): Fields => requestFields.filter(([known]) => known !== name);

test.for<[section: string, title: string, frames: Buffer[], code: number, rule: string]>([
  ['5.1', 'DATA after the end of a stream', [waiting, dataFrame(1, zeros(1))], 5, 'stream_state'],
  ['5.1', 'HEADERS after the end of a stream', [waiting, headersFrame(1, [], endStream)], 5, 'stream_state'],
  [
    '5.1',
    'DATA on a stream that the peer reset',
    [waiting, rawFrame(rstStream, 0, 1, uint32(8)), dataFrame(1, zeros(1))],
    5,
    'stream_state',
  ],
  ['6.9', 'WINDOW_UPDATE of 0 for a stream', [waiting, rawFrame(windowUpdate, 0, 1, uint32(0))], 1, 'window'],
  ['6.9.1', 'a stream window beyond 2^31-1', [waiting, rawFrame(windowUpdate, 0, 1, uint32(2 ** 31 - 1))], 3, 'window'],
  ['6.3', 'PRIORITY of 4 bytes on an open stream', [waiting, rawFrame(priority, 0, 1, zeros(4))], 6, 'frame_size'],
  ['8.1', 'trailers that do not end the stream', [open, headersFrame(1, [['x', 'y']])], 1, 'header_fields'],
  ['8.1', 'trailers with a pseudo-field', [open, headersFrame(1, [[':path', '/']], endStream)], 1, 'header_fields'],
  [
    '8.1.1',
    'less content than content-length says',
    [headersFrame(1, withField('content-length', '50')), dataFrame(1, textMessage('x'), endStream)],
    1,
    'content_length',
  ],
  [
    '8.1.1',
    'more content than content-length says',
    [headersFrame(1, withField('content-length', '3')), dataFrame(1, textMessage('x'))],
    1,
    'content_length',
  ],
  [
    '8.1.1',
    'no content although content-length says 5',
    [headersFrame(1, withField('content-length', '5'), endStream)],
    1,
    'content_length',
  ],
  [
    '8.1.1',
    'a content-length that is no number',
    [headersFrame(1, withField('content-length', '-1'))],
    1,
    'header_fields',
  ],
  ['8.2.1', 'a name in upper case', [headersFrame(1, withField('X-Name', 'a'))], 1, 'header_fields'],
  ['8.2.1', 'a name with a space', [headersFrame(1, withField('x name', 'a'))], 1, 'header_fields'],
  ['8.2.1', 'a value with a line break', [headersFrame(1, withField('x', 'a\r\nb: c'))], 1, 'header_fields'],
  ['8.2.1', 'a value with a space in front', [headersFrame(1, withField('x', ' a'))], 1, 'header_fields'],
  ['8.2.2', 'a field of the connection', [headersFrame(1, withField('connection', 'close'))], 1, 'header_fields'],
  ['8.2.2', 'transfer-encoding', [headersFrame(1, withField('transfer-encoding', 'chunked'))], 1, 'header_fields'],
  ['8.2.2', 'te other than trailers', [headersFrame(1, withField('te', 'gzip'))], 1, 'header_fields'],
  [
    '8.3',
    'a pseudo-field after an ordinary one',
    [headersFrame(1, [['x', 'y'], ...requestFields])],
    1,
    'header_fields',
  ],
  ['8.3', 'an unknown pseudo-field', [headersFrame(1, [[':protocol', 'x'], ...requestFields])], 1, 'header_fields'],
  [
    '8.3',
    'the pseudo-field of an answer',
    [headersFrame(1, [[':status', '200'], ...requestFields])],
    1,
    'header_fields',
  ],
  ['8.3.1', 'a method twice', [headersFrame(1, [[':method', 'GET'], ...requestFields])], 1, 'header_fields'],
  ['8.3.1', 'no method', [headersFrame(1, without(':method'))], 1, 'header_fields'],
  ['8.3.1', 'no scheme', [headersFrame(1, without(':scheme'))], 1, 'header_fields'],
  ['8.3.1', 'no path', [headersFrame(1, without(':path'))], 1, 'header_fields'],
  ['8.3.1', 'an empty path', [headersFrame(1, [...without(':path').slice(0, 2), [':path', '']])], 1, 'header_fields'],
])('RFC 9113 %s: %s ends the stream and no other', async ([, , frames, code, rule]) => {
  await using server = await watchedServer();
  await using peer = await server.connect();

  peer.send(...frames);

  expect(await peer.resetCode(1)).toBe(code);
  expect(server.rules).toContain(rule);
  await expectAnswer(peer, 7);
});

/** A call on a later stream is answered, so connection and header tables are in order. */
async function expectAnswer(peer: RawPeer, streamId: number): Promise<void> {
  peer.send(requestFrames(streamId, 'fine'));
  const answer = await peer.next(data, streamId);
  expect(answer?.payload.toString('latin1')).toContain('fine');
}

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
  await expectAnswer(peer, 9);
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
    ...without(':path').slice(0, 2),
    [':path', '/test.v1.KindsService/ClientStream'],
    ['content-type', 'application/grpc'],
  ]);

test('RFC 9113 6.9.1: a peer that sends beyond the window of a stream loses the stream, and no other', async () => {
  await using server = await watchedServer({ streamWindowBytes: 10_000, connectionWindowBytes: 100_000 });
  await using peer = await server.connect();
  const begun = Buffer.concat([Buffer.from([0]), uint32(1_000_000)]);

  peer.send(clientStream(1), dataFrame(1, begun), dataFrame(1, zeros(10_000)));

  expect(await peer.resetCode(1)).toBe(errorCode.flowControlError);
  await expectAnswer(peer, 3);
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
    headersFrame(1, [...without(':path').slice(0, 2), [':path', '/nowhere'], ['content-type', 'application/grpc']]),
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
