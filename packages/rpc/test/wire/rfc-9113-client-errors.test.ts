import { expect, test } from 'vitest';
import { frameFlag, frameType, setting } from '../../src/engine/wire/frames/frame.ts';
import { watchedClient } from './raw-client.ts';
import {
  answerFrames,
  answerHead,
  dataFrame,
  type Fields,
  headersFrame,
  literalBlock,
  rawFrame,
  settingsFrame,
  textMessage,
  uint32,
} from './raw-peer.ts';

// What a server may do to a client of ours. Each row: section of RFC 9113, what the server does while call 1 waits.

const { data, headers, priority, rstStream, settings, pushPromise, ping, goaway, windowUpdate, continuation } =
  frameType;
const { endStream, endHeaders, ack, padded } = frameFlag;
const zeros = (bytes: number): Buffer => Buffer.alloc(bytes);
const head = answerHead(1);

test.for<[section: string, title: string, frames: Buffer[], code: number, rule: string]>([
  ['4.2', 'a frame longer than the limit of 16384 bytes', [dataFrame(1, zeros(16_385))], 6, 'frame_size'],
  [
    '4.3',
    'a header block that cannot be decoded',
    [rawFrame(headers, endHeaders, 1, Buffer.from([0x80]))],
    9,
    'header_compression',
  ],
  [
    '4.3',
    'a header block with DATA inside',
    [rawFrame(headers, 0, 1, literalBlock([])), dataFrame(1, zeros(1))],
    1,
    'frame_order',
  ],
  ['5.1', 'DATA on an idle stream', [dataFrame(3, zeros(1))], 1, 'stream_id'],
  ['5.1', 'RST_STREAM on an idle stream', [rawFrame(rstStream, 0, 3, uint32(8))], 1, 'stream_id'],
  ['5.1', 'WINDOW_UPDATE on an idle stream', [rawFrame(windowUpdate, 0, 3, uint32(1))], 1, 'stream_id'],
  ['5.1.1', 'HEADERS on a stream that only we may open', [answerHead(3)], 1, 'stream_id'],
  ['5.1.1', 'HEADERS on a stream with an even id', [answerHead(2)], 1, 'stream_id'],
  ['5.1.1', 'HEADERS on stream 0', [answerHead(0)], 1, 'stream_id'],
  ['6.1', 'DATA on stream 0', [dataFrame(0, zeros(1))], 1, 'stream_id'],
  [
    '6.1',
    'DATA with more padding than content',
    [head, rawFrame(data, padded, 1, Buffer.from([5, 0]))],
    1,
    'frame_shape',
  ],
  [
    '6.2',
    'HEADERS with more padding than content',
    [rawFrame(headers, padded | endHeaders, 1, Buffer.from([9, 0]))],
    1,
    'frame_shape',
  ],
  ['6.3', 'PRIORITY on stream 0', [rawFrame(priority, 0, 0, zeros(5))], 1, 'stream_id'],
  ['6.4', 'RST_STREAM on stream 0', [rawFrame(rstStream, 0, 0, uint32(8))], 1, 'stream_id'],
  ['6.4', 'RST_STREAM of 5 bytes', [rawFrame(rstStream, 0, 1, zeros(5))], 6, 'frame_size'],
  ['6.5', 'SETTINGS on a stream', [rawFrame(settings, 0, 1)], 1, 'stream_id'],
  ['6.5', 'SETTINGS of 7 bytes', [rawFrame(settings, 0, 0, zeros(7))], 6, 'frame_size'],
  ['6.5', 'an acknowledgement with content', [rawFrame(settings, ack, 0, zeros(6))], 6, 'frame_size'],
  ['6.5.2', 'ENABLE_PUSH of 1 from a server', [settingsFrame([[setting.enablePush, 1]])], 1, 'settings_value'],
  [
    '6.5.2',
    'INITIAL_WINDOW_SIZE of 2^31',
    [settingsFrame([[setting.initialWindowSize, 2 ** 31]])],
    3,
    'settings_value',
  ],
  ['6.5.2', 'MAX_FRAME_SIZE of 16383', [settingsFrame([[setting.maxFrameSize, 16_383]])], 1, 'settings_value'],
  ['6.6', 'PUSH_PROMISE although push is off', [rawFrame(pushPromise, endHeaders, 1, uint32(2))], 1, 'push'],
  ['6.7', 'PING on a stream', [rawFrame(ping, 0, 1, zeros(8))], 1, 'stream_id'],
  ['6.7', 'PING of 9 bytes', [rawFrame(ping, 0, 0, zeros(9))], 6, 'frame_size'],
  ['6.8', 'GOAWAY on a stream', [rawFrame(goaway, 0, 1, zeros(8))], 1, 'stream_id'],
  ['6.8', 'GOAWAY of 7 bytes', [rawFrame(goaway, 0, 0, zeros(7))], 6, 'frame_size'],
  ['6.9', 'WINDOW_UPDATE of 0 for the connection', [rawFrame(windowUpdate, 0, 0, uint32(0))], 1, 'window'],
  ['6.9.1', 'a connection window beyond 2^31-1', [rawFrame(windowUpdate, 0, 0, uint32(2 ** 31 - 1))], 3, 'window'],
  ['6.10', 'CONTINUATION after nothing', [rawFrame(continuation, endHeaders, 1)], 1, 'frame_order'],
  [
    '6.10',
    'CONTINUATION of another stream',
    [rawFrame(headers, 0, 1), rawFrame(continuation, endHeaders, 3)],
    1,
    'frame_order',
  ],
])('RFC 9113 %s: %s ends the connection, and the call may have run', async ([, , frames, code, rule]) => {
  await using client = await watchedClient();
  const outcome = client.call();
  const server = await client.accept();
  await server.next(headers, 1);

  server.send(settingsFrame(), ...frames);

  expect(await server.goawayCode()).toBe(code);
  expect(await outcome).toBe('PROTOCOL_VIOLATED maybe');
  expect(client.rules).toEqual([rule]);
  expect(client.lines.join()).toContain(rule);
  await server.closed;
});

const okFields: Fields = [
  [':status', '200'],
  ['content-type', 'application/grpc'],
];
const answer = (...more: Fields): Buffer => headersFrame(1, [...okFields, ...more]);
const trailers = (...fields: Fields): Buffer => headersFrame(1, [['grpc-status', '0'], ...fields], endStream);

test.for<[section: string, title: string, frames: Buffer[], code: number, rule: string]>([
  ['5.1', 'DATA after the end of a stream', [head, trailers(), dataFrame(1, zeros(1))], 5, 'stream_state'],
  ['5.1', 'HEADERS after the end of a stream', [head, trailers(), head], 5, 'stream_state'],
  ['6.9', 'WINDOW_UPDATE of 0', [rawFrame(windowUpdate, 0, 1, uint32(0))], 1, 'window'],
  ['6.9.1', 'a stream window beyond 2^31-1', [rawFrame(windowUpdate, 0, 1, uint32(2 ** 31 - 1))], 3, 'window'],
  ['8.1', 'DATA before the head of an answer', [dataFrame(1, textMessage('x'))], 1, 'stream_state'],
  ['8.1', 'trailers that do not end the stream', [head, headersFrame(1, [['grpc-status', '0']])], 1, 'header_fields'],
  ['8.1', 'trailers with a pseudo-field', [head, headersFrame(1, [[':status', '200']], endStream)], 1, 'header_fields'],
  [
    '8.1',
    'an informational answer that ends the stream',
    [headersFrame(1, [[':status', '103']], endStream)],
    1,
    'header_fields',
  ],
  [
    '8.1.1',
    'more content than content-length says',
    [answer(['content-length', '3']), dataFrame(1, textMessage('x'))],
    1,
    'content_length',
  ],
  [
    '8.1.1',
    'less content than content-length says',
    [answer(['content-length', '50']), dataFrame(1, textMessage('x')), trailers()],
    1,
    'content_length',
  ],
  ['8.2.1', 'a name in upper case', [answer(['X-Name', 'a'])], 1, 'header_fields'],
  ['8.2.1', 'a value with a line break', [answer(['x', 'a\r\nb: c'])], 1, 'header_fields'],
  ['8.2.2', 'a field of the connection', [answer(['connection', 'close'])], 1, 'header_fields'],
  ['8.3', 'a pseudo-field after an ordinary one', [headersFrame(1, [['x', 'y'], ...okFields])], 1, 'header_fields'],
  ['8.3', 'the pseudo-field of a request', [answer([':path', '/'])], 1, 'header_fields'],
  ['8.3.2', 'no status', [headersFrame(1, [['content-type', 'application/grpc']])], 1, 'header_fields'],
  ['8.3.2', 'a status twice', [headersFrame(1, [[':status', '200'], ...okFields])], 1, 'header_fields'],
  ['8.3.2', 'a status that is no number', [headersFrame(1, [[':status', 'ok']])], 1, 'header_fields'],
])('RFC 9113 %s: %s ends the stream, and the next call goes on', async ([, , frames, code, rule]) => {
  await using client = await watchedClient();
  const outcome = client.call();
  const server = await client.accept();
  await server.next(headers, 1);

  server.send(settingsFrame(), ...frames);

  expect(await server.resetCode(1)).toBe(code);
  expect(await outcome).toMatch(/^PROTOCOL_VIOLATED/);
  expect(client.rules).toEqual([rule]);
  const next = client.call();
  await server.next(headers, 3);
  server.send(answerFrames(3, 'fine'));
  expect(await next).toBe('fine');
});
