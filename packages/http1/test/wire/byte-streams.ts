import type { Random } from '@mainstay/testing';

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');

const methods = ['GET', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'QUERY', 'M-SEARCH'];
const targets = [
  '/',
  '/a/b?c=d',
  '/%2f%00',
  '/a:verb',
  '/~{x}|"`',
  'http://shop.test/abs',
  'https://shop.test:443?q',
  '/?a=http://b',
];
const fields = [
  'Accept: */*',
  'accept:application/json',
  'X-Empty:',
  'X-Blank: \t ',
  "!#$%&'*+-.^_`|~09azAZ: odd name",
  'X-High: \xe4\xff\x80',
  'X-Tabs:\ta\tb\t',
  'X-Colon: a:b: c',
  'X-Twice: 1',
  'x-twice: 2',
  'Cookie: a=1',
  'cookie: b=2',
  'Connection: keep-alive',
  'Connection: TE, keep-alive',
  'Upgrade: h2c',
  'Expect: 100-continue',
  'Authorization: Bearer abc.def',
  'Content-Type: application/json',
  '__proto__: x',
  'constructor: x',
];

/** What two readers may understand differently. */
const doubtfulLines = [
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding : chunked',
  ' Transfer-Encoding: chunked',
  'Transfer-Encoding:\x0bchunked',
  'Transfer-Encoding: chunked\0',
  'Transfer-Encoding:\r\n chunked',
  'X: y\nTransfer-Encoding: chunked',
  'X: y\rTransfer-Encoding: chunked',
  'Transfer-Encoding: CHUNKED',
  'Content-Length: 5',
  'Content-Length: 5\r\nContent-Length: 5',
  'Content-Length: 5, 5',
  'Content-Length: +5',
  'Content-Length: -5',
  'Content-Length: 0x5',
  'Content-Length: 5 5',
  'Content-Length:',
  'Content-Length: 99999999999999999999999',
  'Content-Length : 5',
  'Host: second.test',
  'Host: a b',
  'No colon',
  ': no name',
  'X-Folded: a\r\n b',
  'X-Nul: \0',
  'X\xff: high name',
  'X-Del: \x7f',
  'Connection: close',
  'Proxy-Connection: keep-alive',
];

const doubtfulStarts = [
  'GET / HTTP/1.1 ',
  'GET  / HTTP/1.1',
  'GET /  HTTP/1.1',
  'GET\t/ HTTP/1.1',
  'GET /a b HTTP/1.1',
  'GET / HTTP/1.2',
  'GET / HTTP/2.0',
  'GET / HTTP/0.9',
  'GET / HTTP/1.10',
  'GET / http/1.1',
  'GET /',
  'get / HTTP/1.1',
  'GETS / HTTP/1.1',
  'GET /\x80 HTTP/1.1',
  'GET /#x HTTP/1.1',
  'GET * HTTP/1.1',
  'GET shop.test HTTP/1.1',
  'GET http:// HTTP/1.1',
  'GET http://a@b/ HTTP/1.1',
  'OPTIONS * HTTP/1.1',
  'CONNECT shop.test:443 HTTP/1.1',
  'CONNECT / HTTP/1.1',
  'PRI * HTTP/2.0',
  '\r\nGET / HTTP/1.1',
  '\nGET / HTTP/1.1',
  '\r\n\r\n\r\nGET / HTTP/1.1',
];

const doubtfulChunks = [
  '5\nhello\r\n0\r\n\r\n',
  '5\r\nhello\n0\r\n\r\n',
  '5\r\nhelloX\r\n0\r\n\r\n',
  '5;a\r\nhello\r\n0\r\n\r\n',
  '5;a=b;c="d;e"\r\nhello\r\n0\r\n\r\n',
  '5 ;a=b\r\nhello\r\n0\r\n\r\n',
  '5;;\r\nhello\r\n0\r\n\r\n',
  '5;a=b\nc\r\nhello\r\n0\r\n\r\n',
  '5;a="\r"\r\nhello\r\n0\r\n\r\n',
  '0x5\r\nhello\r\n0\r\n\r\n',
  '-5\r\nhello\r\n0\r\n\r\n',
  ' 5\r\nhello\r\n0\r\n\r\n',
  '5 \r\nhello\r\n0\r\n\r\n',
  '\r\nhello\r\n0\r\n\r\n',
  '00000005\r\nhello\r\n0\r\n\r\n',
  '00000000005\r\nhello\r\n0\r\n\r\n',
  'ffffffffffffffff\r\nhello',
  '10000000000000005\r\nhello\r\n0\r\n\r\n',
  '5\r\nhello\r\n0\r\nX-Trailer: y\r\n\r\n',
  '5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n',
  '5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n',
  '5\r\nhello\r\n0\r\nbad trailer\r\n\r\n',
  '5\r\nhello\r\n0\r\nX: y\n\r\n',
  '5\r\nhello\r\n0\r\n\n',
  '5\r\nhello\r\n0\r\n',
  '5\r\nhel',
];

function chunked(random: Random, body: string): string {
  let text = '';
  for (let at = 0; at < body.length; ) {
    const size = 1 + random.below(body.length - at);
    text += `${random.oneIn(4) ? '0' : ''}${size.toString(16)}${random.oneIn(6) ? ';name="a b";c' : ''}\r\n`;
    text += `${body.slice(at, at + size)}\r\n`;
    at += size;
  }
  return `${text}0\r\n${random.oneIn(4) ? 'X-Trailer: a\r\n' : ''}\r\n`;
}

/** A request that everybody understands alike. */
function goodRequest(random: Random): string {
  const method = random.pick(methods);
  const isOld = random.oneIn(8);
  const target = random.pick(targets);
  const lines = [`${method} ${target} HTTP/1.${isOld ? 0 : 1}`, `${random.pick(['Host', 'host', 'HOST'])}: shop.test`];
  for (let count = random.below(6); count > 0; count--) lines.push(random.pick(fields));
  if (isOld) lines.push('Connection: keep-alive');
  const body = random.oneIn(2) ? '' : random.bytes(random.below(random.oneIn(8) ? 3_000 : 40)).toString('latin1');
  if (body === '') {
    if (random.oneIn(3)) lines.push('Content-Length: 0');
    return `${lines.join('\r\n')}\r\n\r\n`;
  }
  const isChunked = !isOld && random.oneIn(2);
  lines.splice(
    1 + random.below(lines.length),
    0,
    isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`,
  );
  return `${lines.join('\r\n')}\r\n\r\n${isChunked ? chunked(random, body) : body}`;
}

/** A request with one thing in it that is wrong, or nearly so. */
function doubtfulRequest(random: Random): string {
  const body = random.pick(['hello', '0\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n', '']);
  return random.pick([
    () => `${random.pick(doubtfulStarts)}\r\nHost: shop.test\r\n\r\n`,
    () => `POST / HTTP/1.1\r\nHost: shop.test\r\n${random.pick(doubtfulLines)}\r\n\r\n${body}`,
    () =>
      `POST / HTTP/1.1\r\nHost: shop.test\r\n${random.pick(doubtfulLines)}\r\n${random.pick(doubtfulLines)}\r\n\r\n${body}`,
    () =>
      `POST / HTTP/1.1\r\n${random.pick(doubtfulLines)}\r\nHost: shop.test\r\nTransfer-Encoding: chunked\r\n\r\n${body}`,
    () =>
      `POST / HTTP/1.0\r\nHost: shop.test\r\nConnection: keep-alive\r\n${random.pick(doubtfulLines)}\r\n\r\n${body}`,
    () => `POST / HTTP/1.1\r\nHost: shop.test\r\nTransfer-Encoding: chunked\r\n\r\n${random.pick(doubtfulChunks)}`,
    () => `GET / HTTP/1.1\r\n\r\n`,
    () => `GET / HTTP/1.1\nHost: shop.test\n\n`,
  ])();
}

function mutate(random: Random, bytes: Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  return random.pick([
    () => Buffer.concat([before, random.bytes(1), after.subarray(1)]),
    () => Buffer.concat([before, after.subarray(1 + random.below(8))]),
    () => Buffer.concat([before, after.subarray(0, 20), after]),
    () =>
      Buffer.concat([
        before,
        latin(random.pick(['\r\n', '\n', '\r', '\0', ' ', '\t', ':', ',', ';', '\r\n\r\n', '0'])),
        after,
      ]),
    () => before,
  ])();
}

/** One to four requests that everybody understands alike. */
export function goodBytes(random: Random): Buffer {
  let text = '';
  for (let count = 1 + random.below(4); count > 0; count--) text += goodRequest(random);
  return latin(text);
}

/** Good requests with doubtful ones between them, or with changed bytes. */
export function hostileBytes(random: Random): Buffer {
  let text = '';
  for (let count = 1 + random.below(3); count > 0; count--) {
    text += random.oneIn(2) ? doubtfulRequest(random) : goodRequest(random);
  }
  let bytes = latin(`${text}GET /behind HTTP/1.1\r\nHost: shop.test\r\n\r\n`);
  for (let count = random.below(3); count > 0; count--) bytes = mutate(random, bytes);
  return bytes;
}

/** The same bytes in pieces. */
export function cutAnywhere(random: Random, bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  const most = random.pick([1, 7, 60, 1_000]);
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + random.below(most);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}
