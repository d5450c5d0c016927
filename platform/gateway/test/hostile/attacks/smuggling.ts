import type { Random } from '@mainstay/testing';
import { type Attack, latin, smuggledName } from '../attack.ts';

const hidden = `GET /lab/things/${smuggledName} HTTP/1.1\r\nHost: gateway.test\r\nX-API-Key: demo-enterprise\r\n\r\n`;
const chunkedEmpty = '0\r\n\r\n';

/** Spellings of `Transfer-Encoding` that some reader takes for `chunked` and another does not. */
const doubtfulEncodings = [
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: identity, chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
  'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding : chunked',
  ' Transfer-Encoding: chunked',
  'Transfer-Encoding:\x0bchunked',
  'Transfer-Encoding: "chunked"',
  'Transfer-Encoding: chunked\0',
  'Transfer-Encoding: cow',
  'Transfer-Encoding:\r\n chunked',
  'X: y\nTransfer-Encoding: chunked',
  'X: y\rTransfer-Encoding: chunked',
  'Transfer_Encoding: x\r\nTransfer-Encoding: chunk',
];

const doubtfulLengths = [
  `Content-Length: ${hidden.length}\r\nContent-Length: 0`,
  `Content-Length: 0\r\nContent-Length: ${hidden.length}`,
  `Content-Length: 0, ${hidden.length}`,
  `Content-Length: 0x0`,
  `Content-Length: -1`,
  `Content-Length: +0`,
  `Content-Length: 0 0`,
  `Content-Length: "0"`,
  `Content-Length: 99999999999999999999999999`,
  `Content-Length : 0`,
  `Content-Length: 0\0`,
  `Content-Length:\r\n 0`,
  `Content_Length: 5\r\nContent-Length: 0e0`,
];

const doubtfulHosts = [
  'Host: gateway.test\r\nHost: evil.test',
  'Host: gateway.test\r\nhost: gateway.test',
  'Host: gateway.test, evil.test',
  'Host: gateway.test evil.test',
  'Host: user@gateway.test',
  'Host: gateway.test/path',
  'Host : gateway.test',
  'Host: gateway.test\0',
  'Host: gateway.test\r\n\tevil.test',
];

const doubtfulLines = [
  'GET /lab/things/a HTTP/1.1 ',
  'GET /lab/things/a HTTP/1.10',
  'GET /lab/things/a HTTP/2.0',
  'GET /lab/things/a HTTP/0.9',
  'GET /lab/things/a http/1.1',
  'GET /lab/things/a\tHTTP/1.1',
  'GET\t/lab/things/a HTTP/1.1',
  'GE\0T /lab/things/a HTTP/1.1',
  'GET /lab/things/a\0 HTTP/1.1',
  'GET /lab/things/a',
];

const key = 'X-API-Key: demo-enterprise';

/** A request that two readers would cut at different places, with another hidden behind it. */
export function smuggling(random: Random): Attack {
  const post = 'POST /lab/things/a:paint HTTP/1.1';
  const host = 'Host: gateway.test';
  const json = 'Content-Type: application/json';
  const lines = random.pick([
    () => [post, host, key, json, `Content-Length: ${chunkedEmpty.length}`, 'Transfer-Encoding: chunked'],
    () => [post, host, key, json, 'Transfer-Encoding: chunked', 'Content-Length: 4'],
    () => [post, host, key, json, random.pick(doubtfulEncodings)],
    () => [post, host, key, json, `Content-Length: ${chunkedEmpty.length}`, random.pick(doubtfulEncodings)],
    () => [post, host, key, json, random.pick(doubtfulLengths)],
    () => [post.replace('1.1', '1.0'), host, key, json, 'Transfer-Encoding: chunked', 'Connection: keep-alive'],
    () => ['GET /lab/things/a HTTP/1.1', random.pick(doubtfulHosts), key],
    () => [random.pick(doubtfulLines), host, key],
    () => [
      'GET /lab/things/a HTTP/1.1',
      host,
      key,
      random.pick(['X-A: b\r\n folded', 'X-A: b\nX-C: d', 'X-A: \0', 'X A: b', ': b', 'X-A', 'X-\xff: b']),
    ],
  ])();
  const isBodied = lines[0]?.startsWith('POST') === true;
  const text = `${lines.join('\r\n')}\r\n\r\n${isBodied ? chunkedEmpty : ''}${hidden}`;
  return { kind: 'one request inside of another', parts: [latin(text)], end: 'close', mustRefuse: true };
}
