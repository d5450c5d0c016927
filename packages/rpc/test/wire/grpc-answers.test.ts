import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { frameFlag, frameType } from '../../src/engine/wire/frames/frame.ts';
import { KindsService } from '../kinds-service.ts';
import { watchedClient } from './raw-client.ts';
import { answerHead, dataFrame, type Fields, headersFrame, settingsFrame, textMessage, uint32 } from './raw-peer.ts';

// What a client of ours makes of answers that follow HTTP/2 and may or may not follow gRPC
// (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).

const { endStream } = frameFlag;
const head = answerHead(1);
const message = dataFrame(1, textMessage('fine'));
const trailers = (...fields: Fields): Buffer => headersFrame(1, fields, endStream);
const ok = trailers(['grpc-status', '0']);
const prefixed = (flags: number, bytes: Uint8Array): Buffer =>
  dataFrame(1, Buffer.concat([Buffer.from([flags]), uint32(bytes.length), bytes]));
const plain = textMessage('fine').subarray(5);

test.for<[title: string, outcome: string, frames: Buffer[]]>([
  ['a message and status 0', 'fine', [head, message, ok]],
  ['no status in the trailers', 'PROTOCOL_VIOLATED', [head, message, trailers(['x', 'y'])]],
  ['no trailers', 'PROTOCOL_VIOLATED', [head, dataFrame(1, textMessage('fine'), endStream)]],
  ['no message', 'PROTOCOL_VIOLATED', [head, ok]],
  ['two messages', 'PROTOCOL_VIOLATED', [head, message, message, ok]],
  ['half a message', 'PROTOCOL_VIOLATED', [head, dataFrame(1, textMessage('fine').subarray(0, 8)), ok]],
  ['a message that is no protobuf', 'PROTOCOL_VIOLATED', [head, prefixed(0, Buffer.from([0xff])), ok]],
  ['a flag that nobody knows', 'PROTOCOL_VIOLATED', [head, prefixed(2, plain), ok]],
  [
    'a compressed message in an answer that named no compression',
    'PROTOCOL_VIOLATED',
    [head, prefixed(1, gzipSync(plain)), ok],
  ],
  [
    'a message of more than 4 MiB, from its prefix alone',
    'MESSAGE_TOO_LARGE',
    [head, dataFrame(1, Buffer.concat([Buffer.from([0]), uint32(4_194_305)]))],
  ],
  [
    'a head that is its end, with status 5',
    'STATUS_NOT_FOUND',
    [
      headersFrame(
        1,
        [
          [':status', '200'],
          ['content-type', 'application/grpc'],
          ['grpc-status', '5'],
        ],
        endStream,
      ),
    ],
  ],
  ['a status after a message', 'STATUS_RESOURCE_EXHAUSTED', [head, message, trailers(['grpc-status', '8'])]],
  ['HTTP status 404', 'STATUS_UNIMPLEMENTED', [headersFrame(1, [[':status', '404']], endStream)]],
  [
    'HTTP status 503 with a page',
    'STATUS_UNAVAILABLE',
    [
      headersFrame(1, [
        [':status', '503'],
        ['content-type', 'text/html'],
      ]),
      dataFrame(1, Buffer.from('<p>'), endStream),
    ],
  ],
  ['HTTP status 401', 'STATUS_UNAUTHENTICATED', [headersFrame(1, [[':status', '401']], endStream)]],
  ['HTTP status 418', 'STATUS_UNKNOWN', [headersFrame(1, [[':status', '418']], endStream)]],
  [
    'another content type',
    'PROTOCOL_VIOLATED',
    [
      headersFrame(1, [
        [':status', '200'],
        ['content-type', 'application/json'],
      ]),
      message,
      ok,
    ],
  ],
])('an answer with %s: %s', async ([, outcome, frames]) => {
  await using client = await watchedClient();
  const call = client.call();
  const server = await client.accept();
  await server.next(frameType.headers, 1);

  server.send(settingsFrame(), ...frames);

  expect((await call).split(' ')[0]).toBe(outcome);
});

test('a message may be cut into frames anywhere, also inside its prefix, and is unpacked when the head says so', async () => {
  const whole = Buffer.concat([Buffer.from([1]), uint32(gzipSync(plain).length), gzipSync(plain)]);
  for (let cut = 1; cut < whole.length; cut++) {
    await using client = await watchedClient();
    const call = client.call();
    const server = await client.accept();
    const gzipHead = headersFrame(1, [
      [':status', '200'],
      ['content-type', 'application/grpc+proto'],
      ['grpc-encoding', 'gzip'],
    ]);

    server.send(settingsFrame(), gzipHead, dataFrame(1, whole.subarray(0, cut)), dataFrame(1, whole.subarray(cut)), ok);

    expect(await call).toBe('fine');
  }
});

test('a stream of answers that ends with status 13 fails, whatever came before', async () => {
  await using client = await watchedClient();
  const call = client.call({ method: KindsService.method.serverStream });
  const server = await client.accept();

  server.send(settingsFrame(), head, message, message, trailers(['grpc-status', '13'], ['grpc-message', 'broken']));

  expect(await call).toBe('INTERNAL maybe');
});
