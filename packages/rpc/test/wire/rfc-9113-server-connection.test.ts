import { expect, test } from 'vitest';
import { frameFlag, frameType, setting } from '../../src/engine/wire/frames/frame.ts';
import {
  dataFrame,
  headersFrame,
  literalBlock,
  rawFrame,
  requestFields,
  requestFrames,
  settingsFrame,
  uint32,
} from './raw-peer.ts';
import { watchedServer } from './raw-server.ts';

const { headers, priority, rstStream, settings, pushPromise, ping, goaway, windowUpdate, continuation, data } =
  frameType;
const { endHeaders, ack, padded } = frameFlag;
const zeros = (bytes: number): Buffer => Buffer.alloc(bytes);

/** A request whose handler waits, so that its stream stays half closed. */
const waiting = requestFrames(1, 'wait');
/** A request whose message has not come yet. */
const open = headersFrame(1);

// What a client may not do to a server of ours on pain of the connection. Each row: section of RFC 9113, what the
// client does, its frames, the code it must get, and the rule that is counted.
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
