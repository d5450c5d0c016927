import type { Random } from '@mainstay/testing';
import { type Attack, cut, isHead, latin } from '../attack.ts';
import { oddBody, oddContentType, oddHeaderLines, oddMethod, oddTarget, startOf } from '../request-parts.ts';

/** A request whose frame is right and whose content is anything. */
export function wholeRequest(random: Random): Buffer {
  const start = startOf(oddMethod(random), oddTarget(random)) + oddHeaderLines(random);
  const body = oddBody(random);
  if (body === undefined) return latin(`${start}\r\n`);
  const head = `${start}Content-Type: ${oddContentType(random)}\r\nContent-Length: ${body.byteLength}\r\n\r\n`;
  return Buffer.concat([latin(head), body]);
}

/** One request. */
export function single(random: Random): Attack {
  return { kind: 'one request of odd content', parts: cut(random, wholeRequest(random)), end: 'close' };
}

/** Many requests before the first answer, some of which cannot be read. */
export function pipelined(random: Random): Attack {
  const count = 2 + random.below(6);
  const requests = Array.from({ length: count }, () =>
    random.oneIn(3) ? withBody(wholeRequest(random)) : latin(`${startOf('GET', '/lab/things/a')}\r\n`),
  );
  const good = latin(`${startOf('GET', '/lab/things/a')}\r\n`);
  const parts = cut(random, Buffer.concat([good, ...requests]));
  return { kind: 'requests sent before their answers', parts, end: 'close', answers: 2 };
}

/** Answers to `HEAD` have no body, which a reader must know to find the next one. */
function withBody(request: Buffer): Buffer {
  return isHead(request) ? Buffer.concat([latin('GET'), request.subarray(4)]) : request;
}

/** A body in chunks, right or wrong. */
export function chunked(random: Random): Attack {
  const head = `${startOf(random.pick(['POST', 'PATCH', 'PUT']), random.pick(['/lab/things/a', '/lab/echo', '/lab/parts/a', '/lab/numbers']))}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const wrongSizes = [
    '-1',
    '0x2',
    'g',
    '',
    ' 2',
    '2 ',
    'fffffffffffffffff',
    '2;ext="\0"',
    '2\n',
    '+2',
    `2;${'x'.repeat(17_000)}`,
  ];
  const chunk = (): string => {
    const text = random.pick(['{}', '{"text":', '"a"}', ' '.repeat(3_000)]);
    const size = random.oneIn(5) ? random.pick(wrongSizes) : text.length.toString(16);
    return `${size}${random.oneIn(8) ? '\n' : '\r\n'}${text}${random.oneIn(8) ? random.pick(['', '\n', 'x\r\n']) : '\r\n'}`;
  };
  const body = Array.from({ length: 1 + random.below(8) }, chunk).join('');
  const end = random.pick([
    '0\r\n\r\n',
    '0\r\n\r\n',
    '0\r\nX-Trailer: a\r\n\r\n',
    '0\r\nContent-Length: 5\r\n\r\n',
    '00000000\r\n\r\n',
    '',
    '0\n\n',
  ]);
  return { kind: 'a body in chunks', parts: cut(random, latin(head + body + end)), end: 'close' };
}

/** More headers, in bytes or in number, than are taken. */
export function bigHead(random: Random): Attack {
  const headers = random.oneIn(2) ? `X-Big: ${'a'.repeat(20_000)}\r\n` : 'X-A: b\r\n'.repeat(2_500);
  return tooMuch(random, `${startOf('GET', '/lab/things/a')}${headers}\r\n`);
}

/** A longer path than is taken. */
export function longPath(random: Random): Attack {
  return tooMuch(random, `${startOf('GET', `/${'a'.repeat(random.pick([10_000, 40_000]))}`)}\r\n`);
}

/** A larger body than is taken, told beforehand or found out. */
export function bigBody(random: Random): Attack {
  const head = `${startOf('PATCH', '/lab/things/a')}Content-Type: application/json\r\n`;
  const told = `Content-Length: 99999999999\r\n\r\n${'a'.repeat(70_000)}`;
  const foundOut = `Transfer-Encoding: chunked\r\n\r\n${`1000\r\n${'a'.repeat(4_096)}\r\n`.repeat(20)}0\r\n\r\n`;
  return tooMuch(random, `${head}${random.oneIn(2) ? told : foundOut}`);
}

function tooMuch(random: Random, text: string): Attack {
  return { kind: 'more than is taken', parts: cut(random, latin(text)), end: 'close' };
}
