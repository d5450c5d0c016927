import { expect, test } from 'vitest';
import { frameFlag, frameType } from '../../src/engine/wire/frames/frame.ts';
import {
  callAndCompare,
  dataFrame,
  type Fields,
  headersFrame,
  rawFrame,
  requestFields,
  requestFrames,
  requestWithout,
  textMessage,
  uint32,
} from './raw-peer.ts';
import { watchedServer } from './raw-server.ts';

const { priority, rstStream, windowUpdate } = frameType;
const { endStream } = frameFlag;
const zeros = (bytes: number): Buffer => Buffer.alloc(bytes);

/** A request whose handler waits, so that its stream stays half closed. */
const waiting = requestFrames(1, 'wait');
/** A request whose message has not come yet. */
const open = headersFrame(1);

const withField = (name: string, value: string): Fields => [...requestFields, [name, value]];

// What a client may not do to a server of ours on pain of the stream. Each row: section of RFC 9113, what the client
// does, its frames, the code it must get, and the rule that is counted.
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
  ['8.3.1', 'no method', [headersFrame(1, requestWithout(':method'))], 1, 'header_fields'],
  ['8.3.1', 'no scheme', [headersFrame(1, requestWithout(':scheme'))], 1, 'header_fields'],
  ['8.3.1', 'no path', [headersFrame(1, requestWithout(':path'))], 1, 'header_fields'],
  [
    '8.3.1',
    'an empty path',
    [headersFrame(1, [...requestWithout(':path').slice(0, 2), [':path', '']])],
    1,
    'header_fields',
  ],
])('RFC 9113 %s: %s ends the stream and no other', async ([, , frames, code, rule]) => {
  await using server = await watchedServer();
  await using peer = await server.connect();

  peer.send(...frames);

  expect(await peer.resetCode(1)).toBe(code);
  expect(server.rules).toContain(rule);
  await callAndCompare(peer, 7);
});
