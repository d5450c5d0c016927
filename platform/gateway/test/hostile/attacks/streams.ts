import type { Random } from '@mainstay/testing';
import { type Attack, cut, latin } from '../attack.ts';
import { startOf } from '../request-parts.ts';
import { randomFrame } from '../web-socket-frames.ts';

const streams = [
  '/lab/watch/a?count=3',
  '/lab/watch/wait?count=2',
  '/lab/watch/wait',
  '/lab/watch/a?count=-1',
  '/lab/parts/a?count=3',
];

/** A stream that its client leaves at once, in the middle, or never reads to the end. */
export function leftStream(random: Random): Attack {
  const accept = random.pick(['text/event-stream', 'application/x-ndjson', '*/*']);
  const resume = random.pick([
    '',
    'Last-Event-ID: 1\r\n',
    'Last-Event-ID: x\r\n',
    `Last-Event-ID: ${'9'.repeat(30)}\r\n`,
  ]);
  const head = latin(`${startOf('GET', random.pick(streams))}Accept: ${accept}\r\n${resume}\r\n`);
  return { kind: 'a stream that its client leaves', parts: [head], end: random.pick(['close', 'close', 'vanish']) };
}

/** A WebSocket with a handshake and frames of any kind. */
export function webSocket(random: Random): Attack {
  const path = random.pick([
    '/lab/sum',
    '/lab/sum',
    '/lab/watch/a?count=3',
    '/lab/chats/a',
    '/lab/things/a',
    '/lab/nothing',
  ]);
  const version = random.oneIn(8) ? random.pick(['8', '', 'x']) : '13';
  const key = random.oneIn(8) ? random.pick(['', 'short', 'x'.repeat(300)]) : 'dGhlIHNhbXBsZSBub25jZQ==';
  const more = random.pick([
    '',
    '',
    'Sec-WebSocket-Protocol: mainstay.v1\r\n',
    'Sec-WebSocket-Protocol: mainstay.v1, bearer.x.y.z\r\n',
    'Sec-WebSocket-Protocol: ,,\r\n',
    'Sec-WebSocket-Extensions: permessage-deflate; x=\r\n',
    'Origin: https://evil.test\r\n',
  ]);
  const head = `${startOf('GET', path)}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: ${version}\r\nSec-WebSocket-Key: ${key}\r\n${more}\r\n`;
  const frames = Array.from({ length: random.below(6) }, () => randomFrame(random));
  const parts = random.oneIn(2) ? [latin(head), ...frames] : cut(random, Buffer.concat([latin(head), ...frames]));
  return { kind: 'a WebSocket with odd frames', parts, end: random.pick(['close', 'close', 'vanish']) };
}
