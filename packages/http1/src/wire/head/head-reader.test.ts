import { describe, expect, test } from 'vitest';
import { faulty, HeadReader, incomplete } from './head-reader.ts';

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
const host = 'Host: shop.test\r\n';

function read(text: string, maxBytes = 16_384): { readonly reader: HeadReader; readonly at: number } {
  const reader = new HeadReader(maxBytes);
  return { reader, at: reader.read(latin(text), 0) };
}

describe('a request line', () => {
  test.each([
    ['GET / HTTP/1.1', 'GET', '/', 1],
    ['GET / HTTP/1.0', 'GET', '/', 0],
    ['POST /a/b?c=%20&d=[]{}|^`"\\ HTTP/1.1', 'POST', '/a/b?c=%20&d=[]{}|^`"\\', 1],
    ['M-SEARCH / HTTP/1.1', 'M-SEARCH', '/', 1],
    ['QUERY / HTTP/1.1', 'QUERY', '/', 1],
    ['OPTIONS * HTTP/1.1', 'OPTIONS', '*', 1],
    ['CONNECT shop.test:443 HTTP/1.1', 'CONNECT', 'shop.test:443', 1],
    ['CONNECT [::1]:443 HTTP/1.1', 'CONNECT', '[::1]:443', 1],
    ['GET http://a.test HTTP/1.1', 'GET', 'http://a.test', 1],
    ['GET HTTPS://a.test:1/b?c HTTP/1.1', 'GET', 'HTTPS://a.test:1/b?c', 1],
  ])('%j is read', (line, method, target, minorVersion) => {
    const { reader, at } = read(`${line}\r\n${host}\r\n`);

    expect(at).toBe(line.length + host.length + 4);
    expect(reader.line).toMatchObject({ method, target, minorVersion });
  });

  test.each([
    ['get / HTTP/1.1'],
    ['GETS / HTTP/1.1'],
    ['G\0T / HTTP/1.1'],
    [`${'A'.repeat(33)} / HTTP/1.1`],
    [' GET / HTTP/1.1'],
    ['GET  / HTTP/1.1'],
    ['GET /  HTTP/1.1'],
    ['GET\t/ HTTP/1.1'],
    ['GET / HTTP/1.1 '],
    ['GET /a b HTTP/1.1'],
    ['GET /\x80 HTTP/1.1'],
    ['GET /\x7f HTTP/1.1'],
    ['GET /#fragment HTTP/1.1'],
    ['GET'],
    ['GET /'],
    ['GET / '],
    ['GET / http/1.1'],
    ['GET / HTTP/1.10'],
    ['GET / HTTP/11'],
    ['GET / HTTP/1.1\rX: y'],
    ['GET a/b HTTP/1.1'],
    ['GET * HTTP/1.1'],
    ['OPTIONS ** HTTP/1.1'],
    ['GET ftp://a.test/ HTTP/1.1'],
    ['GET http:///a HTTP/1.1'],
    ['GET http://:80/a HTTP/1.1'],
    ['GET http://user@a.test/ HTTP/1.1'],
    ['GET http://a.test,b.test/ HTTP/1.1'],
    ['CONNECT / HTTP/1.1'],
    ['CONNECT shop.test HTTP/1.1'],
    ['CONNECT :443 HTTP/1.1'],
    ['\x16\x03\x01\x00\xa5'],
  ])('%j is refused', (line) => {
    const { reader, at } = read(`${line}\r\n${host}\r\n`);

    expect([at, reader.fault?.kind]).toEqual([faulty, 'malformed']);
  });

  test.each([['HTTP/0.9'], ['HTTP/1.2'], ['HTTP/2.0'], ['HTTP/9.9']])('of %s is refused for its version', (version) => {
    expect(read(`GET / ${version}\r\n${host}\r\n`).reader.fault?.detail).toBe('the version of HTTP is not 1.1');
  });

  test('may stand behind 4 empty lines, not behind 5', () => {
    const request = `GET / HTTP/1.1\r\n${host}\r\n`;

    expect(read(`${'\r\n'.repeat(4)}${request}`).at).toBe(8 + request.length);
    expect(read(`${'\r\n'.repeat(5)}${request}`).at).toBe(faulty);
    expect(read(`\n${request}`).at).toBe(faulty);
    expect(read(`\r${request}`).at).toBe(faulty);
  });

  test('in absolute form names the host, whatever the header says', () => {
    expect(read(`GET http://evil.test:8/ HTTP/1.1\r\n${host}\r\n`).reader.line.authority).toBe('evil.test:8');
  });
});

describe('headers', () => {
  test.each([
    ['X-A: b', 'x-a', 'b'],
    ['X-A:b', 'x-a', 'b'],
    ['X-A: \t b c \t', 'x-a', 'b c'],
    ['X-A:', 'x-a', ''],
    ["!#$%&'*+-.^_`|~: b", "!#$%&'*+-.^_`|~", 'b'],
    ['X-A: \x80\xff', 'x-a', '\x80\xff'],
    ['X-A: b\tc', 'x-a', 'b\tc'],
    ['__proto__: b', '__proto__', 'b'],
    ['ACCEPT: b', 'accept', 'b'],
  ])('%j is read', (line, name, value) => {
    expect(read(`GET / HTTP/1.1\r\n${host}${line}\r\n\r\n`).reader.block.headers[name]).toBe(value);
  });

  test.each([
    ['X-A: b\r\n folded'],
    ['X-A: b\r\n\tfolded'],
    [' X-A: b'],
    ['X A: b'],
    ['X-A : b'],
    ['X-A\t: b'],
    [': b'],
    ['X-A'],
    ['X-\xe4: b'],
    ['X-A: \0'],
    ['X-A: b\0c'],
    ['X-A: b\x0bc'],
    ['X-A: \x7f'],
    ['X-A: b\nX-B: c'],
    ['X-A: b\rX-B: c'],
    ['X-A: b\r\r'],
    ['"X-A": b'],
    ['X(A): b'],
  ])('%j is refused', (line) => {
    const { reader, at } = read(`GET / HTTP/1.1\r\n${host}${line}\r\n\r\n`);

    expect([at, reader.fault?.kind]).toEqual([faulty, 'malformed']);
  });

  test.each([
    ['Content-Length: 0', { contentLength: 0 }],
    ['Content-Length: 007', { contentLength: 7 }],
    ['content-length:999999999999999', { contentLength: 999_999_999_999_999 }],
    ['Transfer-Encoding: chunked', { isChunked: true }],
    ['transfer-encoding: CHUNKED', { isChunked: true }],
    ['Connection: a, close ,b', { saysClose: true }],
    ['Connection: Keep-Alive', { saysKeepAlive: true }],
    ['Connection: closed', { saysClose: false }],
    ['Expect: 100-Continue', { expectsContinue: true }],
    ['Expect: 100-continue, x', { expectsContinue: false }],
    ['Upgrade: WebSocket', { isForWebSocket: true }],
    ['Upgrade: websocket, h2c', { isForWebSocket: false }],
  ])('%j means %j', (line, meaning) => {
    expect(read(`POST / HTTP/1.1\r\n${host}${line}\r\n\r\n`).reader.block).toMatchObject(meaning);
  });

  test.each([
    ['Content-Length: 5\r\nContent-Length: 5'],
    ['Content-Length: 5\r\nContent-Length: 6'],
    ['Content-Length: 5, 5'],
    ['Content-Length:'],
    ['Content-Length: +5'],
    ['Content-Length: -5'],
    ['Content-Length: 0x5'],
    ['Content-Length: 5 5'],
    ['Content-Length: 5.0'],
    ['Content-Length: \xb2'],
    ['Content-Length: 1000000000000000'],
    ['Transfer-Encoding: chunked\r\nContent-Length: 5'],
    ['Content-Length: 5\r\nTransfer-Encoding: chunked'],
    ['Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked'],
    ['Transfer-Encoding: identity'],
    ['Transfer-Encoding: gzip, chunked'],
    ['Transfer-Encoding: chunked, identity'],
    ['Transfer-Encoding: xchunked'],
    ['Transfer-Encoding: "chunked"'],
    ['Transfer-Encoding: chunked;q=1'],
    ['Transfer-Encoding: \x0bchunked'],
    ['Transfer-Encoding:'],
    ['Host: shop.test'],
    ['Host: other.test'],
  ])('that frame the request in two ways are refused: %j', (lines) => {
    expect(read(`POST / HTTP/1.1\r\n${host}${lines}\r\n\r\n`).at).toBe(faulty);
  });

  test.each([['a b'], ['a,b'], ['a/b'], ['u@a'], ['a:b'], ['a:1:2'], ['a\\b'], ['[::1'], ['\xe4']])(
    'Host: %j is refused',
    (name) => {
      expect(read(`GET / HTTP/1.1\r\nHost: ${name}\r\n\r\n`).at).toBe(faulty);
    },
  );

  test('a transfer coding in HTTP/1.0 and HTTP/1.1 without Host are refused, HTTP/1.0 without Host is not', () => {
    expect(read(`POST / HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n`).at).toBe(faulty);
    expect(read('GET / HTTP/1.1\r\n\r\n').at).toBe(faulty);
    expect(read('GET / HTTP/1.0\r\n\r\n').at).toBe(18);
  });

  test('100 are taken, with 101 the head is too large', () => {
    const lines = (count: number): string => `${host}${'X: y\r\n'.repeat(count - 1)}`;

    expect(read(`GET / HTTP/1.1\r\n${lines(100)}\r\n`).at).toBeGreaterThan(0);
    expect(read(`GET / HTTP/1.1\r\n${lines(101)}\r\n`).reader.fault?.kind).toBe('head_too_large');
  });
});

describe('a head', () => {
  test('of 200 bytes is taken under a limit of 200, and is too large under one of 199, whole or not', () => {
    const start = `GET / HTTP/1.1\r\n${host}X: `;
    const head = `${start}${'y'.repeat(200 - start.length - 4)}\r\n\r\n`;

    expect(read(head, 200).at).toBe(200);
    expect(read(head, 199).reader.fault?.kind).toBe('head_too_large');
    expect(read(head.slice(0, 199), 199).reader.fault?.kind).toBe('head_too_large');
    expect(read(head.slice(0, 198), 199).at).toBe(incomplete);
  });

  test('that comes byte by byte is read at its last byte', () => {
    const head = latin(`\r\nPOST /a HTTP/1.1\r\n${host}X-A: b\r\n\r\n`);
    const reader = new HeadReader(16_384);
    const results = Array.from(head, (_, at) => reader.read(head.subarray(0, at + 1), 0));

    expect(results.slice(0, -1)).toEqual(Array.from({ length: head.length - 1 }, () => incomplete));
    expect(results.at(-1)).toBe(head.length);
  });

  test('with the bytes of the headers before it has the same headers; with others it has its own', () => {
    const reader = new HeadReader(16_384);
    const bytes = latin(
      `GET /a HTTP/1.1\r\n${host}X-A: b\r\n\r\nPUT /b HTTP/1.1\r\n${host}X-A: b\r\n\r\nGET /c HTTP/1.1\r\n${host}X-A: c\r\n\r\n`,
    );

    const second = reader.read(bytes, 0);
    const { headers } = reader.block;
    const third = reader.read(bytes, second);
    expect([reader.line.method, reader.line.target, reader.block.headers === headers]).toEqual(['PUT', '/b', true]);
    expect([reader.read(bytes, third), reader.block.headers['x-a'], headers['x-a']]).toEqual([bytes.length, 'c', 'b']);
  });

  test('that uses the headers of a request in HTTP/1.0 again is checked by its own version', () => {
    const reader = new HeadReader(16_384);
    const bytes = latin('GET / HTTP/1.0\r\nX-A: b\r\n\r\nGET / HTTP/1.1\r\nX-A: b\r\n\r\n');

    expect(reader.read(bytes, reader.read(bytes, 0))).toBe(faulty);
    expect(reader.fault?.detail).toBe('the Host header is missing');
  });
});
