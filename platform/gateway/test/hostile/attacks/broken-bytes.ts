import type { Random } from '@mainstay/testing';
import { type Attack, cut, latin } from '../attack.ts';
import { startOf } from '../request-parts.ts';
import { wholeRequest } from './whole-requests.ts';

/** Bytes that are no HTTP. */
export function garbage(random: Random): Attack {
  const bytes = random.pick([
    () => random.bytes(1 + random.below(500)),
    () => latin('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'),
    () => latin('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    () => latin('\x05\x01\x00'),
    () => latin('\r\n'.repeat(1 + random.below(50))),
    () => latin('GET'),
  ])();
  return { kind: 'bytes that are no HTTP', parts: cut(random, bytes), end: 'close' };
}

/** A request of which some bytes were changed, taken out, doubled or put in. */
export function mutated(random: Random): Attack {
  let bytes: Buffer = wholeRequest(random);
  for (let i = 0; i <= random.below(4); i++) {
    // Most often in the head, where frames are made.
    const at = random.below(Math.min(bytes.byteLength, random.oneIn(4) ? bytes.byteLength : 400));
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    bytes = random.pick([
      () => Buffer.concat([before, random.bytes(1), after.subarray(1)]),
      () => Buffer.concat([before, after.subarray(1 + random.below(8))]),
      () => Buffer.concat([before, after.subarray(0, 20), after]),
      () => Buffer.concat([before, latin(random.pick(['\r\n', '\n', '\r', '\0', ' ', ':', ',', '\r\n\r\n'])), after]),
      () => before,
    ])();
    if (bytes.byteLength === 0) bytes = latin('G');
  }
  return { kind: 'a request with changed bytes', parts: cut(random, bytes), end: 'close' };
}

/** A request that stops in the middle, and a client that says nothing more. */
export function slow(random: Random): Attack {
  const body = '{"text":"a"}';
  const text = `${startOf('PATCH', '/lab/things/a')}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  const part = latin(text.slice(0, 1 + random.below(text.length - 1)));
  return { kind: 'a client that stops in the middle', parts: [part], end: 'silence' };
}

/** A client that goes away without a word, wherever its request may be. */
export function vanishing(random: Random): Attack {
  const bytes = wholeRequest(random);
  const parts = [random.oneIn(2) ? bytes : bytes.subarray(0, 1 + random.below(bytes.byteLength))];
  return { kind: 'a client that goes away', parts, end: 'vanish' };
}
