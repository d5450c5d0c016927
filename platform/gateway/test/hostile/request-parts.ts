import type { Random } from '@mainstay/testing';
import { latin } from './attack.ts';
import { deepJson, oddJson, oddText } from './random-text.ts';

const methods = [
  'GET',
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'REPORT',
  'PRI',
];
const paths = [
  '/lab/things/a',
  '/lab/things',
  '/lab/things:batch',
  '/lab/numbers',
  '/lab/updates',
  '/lab/files/a/b/c',
  '/lab/echo',
  '/lab/uploads/a',
  '/lab/parts/a',
  '/lab/versioned/a',
  '/lab/people/a',
  '/lab/watch/a?count=3',
  '/lab/chats/a',
  '/v1/orders',
  '/v1/orders/1:cancel',
  '/v1/products?page_size=1',
  '/docs',
  '/openapi.json',
  '/',
];
const segments = [
  'lab',
  'things',
  'v1',
  'orders',
  '..',
  '.',
  '',
  '%2F',
  '%2e%2e',
  '%00',
  '%',
  '%zz',
  '%ff',
  '\xff',
  '*',
];
const contentTypes = [
  'application/json',
  'application/json; charset=utf-8',
  'application/json; charset=utf-16',
  'text/plain',
  'image/png',
  'multipart/form-data; boundary=',
  ';;;',
  '',
  '\xff/\xfe',
];

/** Header lines, each with one that some part of the gateway reads. */
const oddHeaders: readonly ((random: Random) => string)[] = [
  (random) =>
    `Authorization: ${random.pick(['Bearer ', 'Bearer a.b.c', 'Basic YTpi', `Bearer ${'x'.repeat(5_000)}`, 'Bearer eyJhbGciOiJub25lIn0.e30.'])}`,
  (random) => `X-API-Key: ${random.pick(['', 'demo-free', 'mk_x_y', 'k'.repeat(3_000), '\xff'])}`,
  (random) => `Idempotency-Key: ${random.pick(['', 'k', 'k k', 'k'.repeat(300), '\xe9'])}`,
  (random) =>
    `Accept: ${random.pick(['text/event-stream', '*/*;q=', 'application/x-ndjson', ',,,;;;q=x', 'text/event-stream;q=-1'])}`,
  (random) => `Accept-Encoding: ${random.pick(['gzip', 'br;q=x', '*;q=0', 'identity;q=0', ','.repeat(200)])}`,
  (random) => `Accept-Language: ${random.pick(['en', '*', 'x'.repeat(600), '\xff', ';q=1,,'])}`,
  (random) => `If-Match: ${random.pick(['*', '"a"', 'W/"', '"'.repeat(50)])}`,
  (random) => `Last-Event-ID: ${random.pick(['1', '-1', 'x', '9'.repeat(40)])}`,
  (random) => `Prefer: ${random.pick(['wait=1', 'wait=-1', 'wait=1e9', 'wait'])}`,
  (random) => `Expect: ${random.pick(['100-continue', 'miracles'])}`,
  (random) => `traceparent: ${random.pick(['00-0-0-0', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, 'ff'])}`,
  (random) => `X-Trace-ID: ${random.pick(['a'.repeat(32), '0'.repeat(32), 'x'])}`,
  (random) => `X-Forwarded-For: ${random.pick(['1.2.3.4', '::1, x', 'x'.repeat(200)])}`,
  (random) => `Origin: ${random.pick(['null', 'https://evil.test', '\xff'])}`,
  (random) => `Content-Encoding: ${random.pick(['gzip', 'identity', 'br, gzip'])}`,
  (random) => `Upgrade: ${random.pick(['h2c', 'websocket', 'TLS/1.0'])}\r\nConnection: upgrade`,
  (random) => `Range: bytes=${random.pick(['0-', '5-1', 'x'])}`,
  (random) =>
    `X-${random.bits().toString(36)}: ${latin(oddText(random))
      .toString('latin1')
      .replaceAll(/[\0\r\n]/g, '')}`,
];

/** A method, most often one that exists. */
export function oddMethod(random: Random): string {
  return random.pick(methods);
}

/** A request target: most often a real one, else one that a careless reader would take for another. */
export function oddTarget(random: Random): string {
  const path = random.pick(paths);
  switch (random.below(10)) {
    case 0:
      return `/${Array.from({ length: random.below(6) }, () => random.pick(segments)).join('/')}`;
    case 1:
      return `${path}?${Array.from({ length: random.below(5) }, () => `${random.pick(['text', 'big', 'inner.name', 'numbers', '%', 'a[]'])}=${encodeURIComponent(latin(oddText(random)).toString('latin1'))}`).join('&')}`;
    case 2:
      return `http://${random.pick(['shop.test', '', '[::1', 'a@b:99999'])}${path}`;
    case 3:
      return random.pick([
        '*',
        'shop.test:443',
        '//evil.test/',
        'x',
        '/lab/things/%',
        '/\xc3\x28',
        `/${'a'.repeat(3_000)}`,
        '#',
        '/#',
        '/lab\\things',
      ]);
    default:
      return path;
  }
}

/** Header lines without those of the body, each with its end. */
export function oddHeaderLines(random: Random): string {
  const count = random.oneIn(20) ? 150 : random.below(4);
  return Array.from({ length: count }, () => `${random.pick(oddHeaders)(random)}\r\n`).join('');
}

/** Bytes of a body; undefined for none. */
export function oddBody(random: Random): Buffer | undefined {
  switch (random.below(8)) {
    case 0:
    case 1:
      return undefined;
    case 2:
      return random.bytes(random.below(300));
    case 3:
      return Buffer.from(deepJson(random));
    case 4: {
      const bytes = Buffer.from(oddJson(random));
      if (bytes.byteLength > 0) bytes[random.below(bytes.byteLength)] = random.bits();
      return bytes;
    }
    case 5:
      return random.oneIn(4) ? Buffer.alloc(random.pick([16_384, 16_385, 90_000]), 0x20) : Buffer.from('{}');
    default:
      return Buffer.from(oddJson(random));
  }
}

/** Type of a body. */
export function oddContentType(random: Random): string {
  return random.oneIn(4) ? random.pick(contentTypes) : 'application/json';
}

/** The first lines of a request of ours, up to where its own headers begin. */
export function startOf(method: string, target: string): string {
  return `${method} ${target} HTTP/1.1\r\nHost: gateway.test\r\nX-API-Key: demo-enterprise\r\n`;
}
