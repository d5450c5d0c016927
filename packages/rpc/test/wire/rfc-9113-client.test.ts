import { Cancellation } from '@mainstay/kernel';
import { leakCheck } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { errorCode } from '../../src/engine/faults/error-code.ts';
import { frameFlag, frameType, setting } from '../../src/engine/wire/frames/frame.ts';
import { watchedClient } from './raw-client.ts';
import { answerFrames, headersFrame, literalBlock, rawFrame, settingsFrame, textMessage, uint32 } from './raw-peer.ts';

const { data, headers, priority, rstStream, settings, ping, goaway, windowUpdate, continuation } = frameType;
const { endStream, endHeaders, ack, padded } = frameFlag;
const zeros = (bytes: number): Buffer => Buffer.alloc(bytes);

test('RFC 9113 3.4: the preface comes first, then SETTINGS that turn push off, and no call waits for the server to speak', async () => {
  await using _leaks = leakCheck();
  await using client = await watchedClient();
  const outcome = client.call();
  const server = await client.accept();

  const told = await server.next(settings, 0);
  await server.next(headers, 1);

  expect([...told!.payload.subarray(0, 6)]).toEqual([0, setting.enablePush, 0, 0, 0, 0]);
  server.send(settingsFrame(), answerFrames(1, 'fine'));
  expect(await outcome).toBe('fine');
  expect(await server.next(settings, 0, ack)).toBeDefined();
});

test('RFC 9113 3.4: a server whose first frame is not SETTINGS loses the connection', async () => {
  await using client = await watchedClient();
  void client.call();
  const server = await client.accept();

  server.send(rawFrame(ping, 0, 0, zeros(8)));

  expect(await server.goawayCode()).toBe(errorCode.protocolError);
  expect(client.rules).toEqual(['preface']);
});

test('RFC 9113 5.1.2: with a limit of 2 streams the third call waits for a place, and goes when one ends', async () => {
  await using client = await watchedClient();
  const first = client.call();
  const server = await client.accept();
  server.send(settingsFrame([[setting.maxConcurrentStreams, 2]]));
  await server.isAlive();
  const others = [client.call(), client.call()];
  await server.next(headers, 3);
  await server.isAlive();
  expect(server.received.filter(({ streamId }) => streamId === 5)).toEqual([]);

  server.send(answerFrames(1, 'first'));

  expect(await first).toBe('first');
  expect(await server.next(headers, 5)).toBeDefined();
  server.send(answerFrames(3, 'second'), answerFrames(5, 'third'));
  expect(await Promise.all(others)).toEqual(['second', 'third']);
});

test('RFC 9113 5.1.1: when the ids are used up the next call opens a new connection', async () => {
  await using client = await watchedClient({ firstStreamId: 2 ** 31 - 1 });
  const last = client.call();
  const server = await client.accept();
  await server.next(headers, 2 ** 31 - 1);
  const next = client.call();

  const other = await client.accept();

  await other.next(headers, 2 ** 31 - 1);
  server.send(settingsFrame(), answerFrames(2 ** 31 - 1, 'last'));
  other.send(settingsFrame(), answerFrames(2 ** 31 - 1, 'next'));
  expect(await Promise.all([last, next])).toEqual(['last', 'next']);
});

test('RFC 9113 6.5.2: a server that takes no header table and frames of 16 KiB gets neither more', async () => {
  await using client = await watchedClient();
  const first = client.call();
  const server = await client.accept();
  server.send(settingsFrame([[setting.headerTableSize, 0]]), answerFrames(1, 'first'));
  expect(await first).toBe('first');
  await server.next(headers, 1);

  const second = client.call({ value: 'x'.repeat(40_000) });
  const block = await server.next(headers, 3);

  // The table is emptied by size updates at the start of the block, and no entry is made.
  expect([...block!.payload.subarray(0, 2)]).toEqual([0x20, 0x20]);
  let bytes = 0;
  while (bytes < 40_000) {
    const frame = await server.next(data, 3);
    expect(frame!.payload.length).toBeLessThanOrEqual(16_384);
    bytes += frame!.payload.length;
  }
  server.send(answerFrames(3, 'second'));
  expect(await second).toBe('second');
});

test('RFC 9113 6.9: a request of 100000 bytes keeps to a window of 10, then 1000 bytes, then goes on', async () => {
  await using client = await watchedClient();
  const warm = client.call();
  const server = await client.accept();
  server.send(settingsFrame([[setting.initialWindowSize, 10]]), answerFrames(1, 'warm'));
  await warm;
  const outcome = client.call({ value: 'x'.repeat(100_000) });

  expect((await server.next(data, 3))?.payload).toHaveLength(10);
  server.send(rawFrame(windowUpdate, 0, 3, uint32(1_000)));
  expect((await server.next(data, 3))?.payload).toHaveLength(1_000);
  server.send(rawFrame(windowUpdate, 0, 3, uint32(200_000)), rawFrame(windowUpdate, 0, 0, uint32(200_000)));

  expect(await server.next(data, 3, endStream)).toBeDefined();
  server.send(answerFrames(3, 'fine'));
  expect(await outcome).toBe('fine');
});

test('RFC 9113 6.8: after GOAWAY calls up to its last stream go on, those above did not run, and new ones go elsewhere', async () => {
  await using client = await watchedClient();
  const [kept, refused] = [client.call(), client.call()];
  const server = await client.accept();
  await server.next(headers, 3);

  server.send(settingsFrame(), rawFrame(goaway, 0, 0, Buffer.concat([uint32(1), uint32(0)])));

  expect(await refused).toBe('STREAM_REFUSED no');
  const next = client.call();
  const other = await client.accept();
  server.send(answerFrames(1, 'kept'));
  expect(await kept).toBe('kept');
  other.send(settingsFrame(), answerFrames(1, 'next'));
  expect(await next).toBe('next');
  await server.closed;
});

test('RFC 9113 8.7: REFUSED_STREAM says that a call did not run, other codes do not', async () => {
  await using client = await watchedClient();
  const calls = [client.call(), client.call(), client.call()];
  const server = await client.accept();
  await server.next(headers, 5);

  server.send(
    settingsFrame(),
    rawFrame(rstStream, 0, 1, uint32(errorCode.refusedStream)),
    rawFrame(rstStream, 0, 3, uint32(errorCode.cancel)),
    rawFrame(rstStream, 0, 5, uint32(errorCode.enhanceYourCalm)),
  );

  expect(await Promise.all(calls)).toEqual([
    'STREAM_REFUSED no',
    'CONNECTION_LOST maybe',
    'STATUS_RESOURCE_EXHAUSTED maybe',
  ]);
});

test('RFC 9113 4.1, 5.5 and 8.1: unknown frames, settings and flags, padding, priorities and informational answers change nothing', async () => {
  await using client = await watchedClient();
  const outcome = client.call();
  const server = await client.accept();

  server.send(
    settingsFrame([[0x99, 7]]),
    rawFrame(77, 255, 2 ** 31 + 9, zeros(100)),
    rawFrame(priority, 0, 1, zeros(5)),
    headersFrame(1, [[':status', '103']]),
    rawFrame(
      headers,
      endHeaders | frameFlag.priority | padded | 0x40,
      1,
      Buffer.concat([
        Buffer.from([3]),
        zeros(5),
        literalBlock([
          [':status', '200'],
          ['content-type', 'application/grpc'],
        ]),
        zeros(3),
      ]),
    ),
    rawFrame(data, padded | 0x40, 1, Buffer.concat([Buffer.from([7]), textMessage('padded'), zeros(7)])),
    rawFrame(headers, 0 | endStream, 1, literalBlock([['grpc-status', '0']])),
    rawFrame(continuation, endHeaders, 1),
  );

  expect(await outcome).toBe('padded');
  expect(client.rules).toEqual([]);
});

test('RFC 9113 5.1: what a server sent before it knew of our reset is ignored', async () => {
  await using client = await watchedClient();
  const cancellation = new Cancellation();
  const canceled = client.call({ cancellation });
  const server = await client.accept();
  await server.next(headers, 1);
  cancellation.cancel(new DOMException('enough', 'AbortError'));
  expect(await server.resetCode(1)).toBe(errorCode.cancel);
  await canceled;

  server.send(settingsFrame(), answerFrames(1, 'late'), rawFrame(rstStream, 0, 1, uint32(0)));
  const next = client.call();
  await server.next(headers, 3);
  server.send(answerFrames(3, 'fine'));

  expect(await next).toBe('fine');
  expect(client.rules).toEqual([]);
});
