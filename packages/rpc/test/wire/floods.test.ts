import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { errorCode } from '../../src/engine/faults/error-code.ts';
import { frameFlag, frameType, setting } from '../../src/engine/wire/frames/frame.ts';
import type { ConnectionLimits } from '../../src/engine/wire/http2/limits.ts';
import { watchedClient } from './raw-client.ts';
import {
  answerHead,
  dataFrame,
  headersFrame,
  literalBlock,
  rawFrame,
  requestFields,
  requestFrames,
  settingsFrame,
  uint32,
} from './raw-peer.ts';
import { watchedServer } from './raw-server.ts';

// Peers that send what costs them little and us more. Each must get GOAWAY with ENHANCE_YOUR_CALM, a line in the log
// and a count, at the number that the README of the engine names, and not one frame before. A clock that stands still
// keeps budgets from filling up meanwhile.

const { data, headers, priority, rstStream, settings, ping, goaway, windowUpdate, continuation } = frameType;
const { endStream, ack } = frameFlag;
const zeros = (bytes: number): Buffer => Buffer.alloc(bytes);
const times = (count: number, frame: (i: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, i) => frame(i)));
const idOf = (i: number): number => 1 + 2 * i;

interface Flood {
  readonly title: string;
  /** Frames before, which are allowed. */
  readonly before?: Buffer;
  readonly frame: (i: number) => Buffer;
  /** The first one too many. */
  readonly count: number;
  readonly rule: string;
  readonly limits?: Partial<ConnectionLimits>;
}

// The preface of a raw peer holds one SETTINGS frame and one acknowledgement.
const floods: readonly Flood[] = [
  { title: 'SETTINGS', frame: () => settingsFrame(), count: 99, rule: 'settings_flood' },
  { title: 'acknowledgements of SETTINGS', frame: () => rawFrame(settings, ack, 0), count: 99, rule: 'settings_flood' },
  { title: 'GOAWAY', frame: () => rawFrame(goaway, 0, 0, zeros(8)), count: 99, rule: 'settings_flood' },
  { title: 'PING', frame: () => rawFrame(ping, 0, 0, zeros(8)), count: 1_001, rule: 'ping_flood' },
  {
    title: 'answers to pings that nobody sent',
    frame: () => rawFrame(ping, ack, 0, zeros(8)),
    count: 1_001,
    rule: 'ping_flood',
  },
  { title: 'PRIORITY', frame: () => rawFrame(priority, 0, 1, zeros(5)), count: 10_001, rule: 'priority_flood' },
  {
    title: 'WINDOW_UPDATE',
    frame: () => rawFrame(windowUpdate, 0, 0, uint32(1)),
    count: 20_001,
    rule: 'window_update_flood',
  },
  {
    title: 'empty DATA',
    before: headersFrame(1),
    frame: () => dataFrame(1, zeros(0)),
    count: 1_001,
    rule: 'empty_frame_flood',
  },
  {
    title: 'DATA that is padding only',
    before: headersFrame(1),
    frame: () => rawFrame(data, frameFlag.padded, 1, Buffer.from([0])),
    count: 1_001,
    rule: 'empty_frame_flood',
  },
  {
    title: 'empty DATA on a stream that was reset',
    before: headersFrame(1, [...requestFields, ['connection', 'close']]),
    frame: () => dataFrame(1, zeros(0)),
    count: 1_001,
    rule: 'empty_frame_flood',
  },
  { title: 'frames of an unknown kind', frame: () => rawFrame(99, 0, 0), count: 1_001, rule: 'unknown_frame_flood' },
  {
    title: 'RST_STREAM on a closed stream',
    before: Buffer.concat([headersFrame(1), rawFrame(rstStream, 0, 1, uint32(8))]),
    frame: () => rawFrame(rstStream, 0, 1, uint32(8)),
    count: 1_001,
    rule: 'empty_frame_flood',
  },
  {
    title: 'rapid resets (CVE-2023-44487)',
    frame: (i) => Buffer.concat([headersFrame(idOf(i)), rawFrame(rstStream, 0, idOf(i), uint32(8))]),
    count: 2_001,
    rule: 'reset_flood',
  },
  {
    title: 'resets provoked by WINDOW_UPDATE of 0 (CVE-2025-8671)',
    frame: (i) => Buffer.concat([headersFrame(idOf(i)), rawFrame(windowUpdate, 0, idOf(i), uint32(0))]),
    count: 2_001,
    rule: 'reset_flood',
  },
  {
    title: 'resets provoked by DATA after the end',
    frame: (i) => Buffer.concat([requestFrames(idOf(i), 'wait'), dataFrame(idOf(i), zeros(1))]),
    count: 2_001,
    rule: 'reset_flood',
    limits: { maxConcurrentStreams: 5_000 },
  },
  {
    title: 'resets provoked by malformed heads',
    frame: (i) => headersFrame(idOf(i), [...requestFields, ['connection', 'close']]),
    count: 2_001,
    rule: 'reset_flood',
  },
  {
    title: 'streams beyond the limit',
    before: requestFrames(1, 'wait'),
    frame: (i) => headersFrame(idOf(i + 1)),
    count: 2_001,
    rule: 'reset_flood',
    limits: { maxConcurrentStreams: 1 },
  },
  {
    title: 'CONTINUATION frames of one block (CVE-2024-27316)',
    before: rawFrame(headers, 0, 1, literalBlock(requestFields)),
    frame: () => rawFrame(continuation, 0, 1),
    count: 17,
    rule: 'header_block_size',
  },
  {
    title: 'kilobytes of one header block',
    before: rawFrame(headers, 0, 1, zeros(16_384)),
    frame: () => rawFrame(continuation, 0, 1, zeros(2_048)),
    count: 9,
    rule: 'header_block_size',
  },
];

test.for(floods)('a client that sends $count $title is cut off, and one less is fine', async (flood) => {
  const { before = Buffer.alloc(0), frame, count, rule, limits } = flood;
  await using server = await watchedServer(limits, { clock: new FakeClock() });
  await using peer = await server.connect();

  peer.send(before, times(count - 1, frame));
  if (rule !== 'header_block_size' && rule !== 'ping_flood') expect(await peer.isAlive()).toBe(true);
  expect(server.rules).not.toContain(rule);
  peer.send(frame(count - 1));

  expect(await peer.goawayCode()).toBe(errorCode.enhanceYourCalm);
  await peer.closed;
  expect(server.rules.filter((broken) => broken === rule)).toHaveLength(1);
  expect(server.lines.filter((line) => line.includes(`${rule} ENHANCE_YOUR_CALM`))).toHaveLength(1);
});

test('a client that goes on opening streams after the last id was told is cut off at 2001 of them', async () => {
  await using server = await watchedServer({}, { clock: new FakeClock() });
  await using peer = await server.connect();
  peer.send(requestFrames(1, 'wait'));
  await peer.isAlive();
  server.server.stopAccepting();
  const drain = await peer.next(ping, 0);
  peer.send(rawFrame(ping, ack, 0, drain!.payload));
  await peer.next(goaway);
  await peer.next(goaway);

  peer.send(times(2_001, (i) => headersFrame(idOf(i + 1))));

  expect(await peer.goawayCode()).toBe(errorCode.enhanceYourCalm);
  expect(server.rules).toEqual(['reset_flood']);
});

// The client's side of the same.
test.for<{ title: string; frames: Buffer; rule: string }>([
  { title: '100 SETTINGS', frames: times(100, () => settingsFrame()), rule: 'settings_flood' },
  { title: '1001 PINGs', frames: times(1_001, () => rawFrame(ping, 0, 0, zeros(8))), rule: 'ping_flood' },
  { title: '1001 unknown frames', frames: times(1_001, () => rawFrame(99, 0, 0)), rule: 'unknown_frame_flood' },
  {
    title: '20001 WINDOW_UPDATEs',
    frames: times(20_001, () => rawFrame(windowUpdate, 0, 0, uint32(1))),
    rule: 'window_update_flood',
  },
  {
    title: '1001 empty DATA frames',
    frames: Buffer.concat([answerHead(1), times(1_001, () => dataFrame(1, zeros(0)))]),
    rule: 'empty_frame_flood',
  },
  {
    title: '1001 informational answers',
    frames: times(1_001, () => headersFrame(1, [[':status', '103']])),
    rule: 'empty_frame_flood',
  },
  {
    title: '17 CONTINUATION frames',
    frames: Buffer.concat([rawFrame(headers, 0, 1), times(17, () => rawFrame(continuation, 0, 1))]),
    rule: 'header_block_size',
  },
])('a server that sends $title is cut off', async ({ title, frames, rule }) => {
  await using client = await watchedClient({}, { clock: new FakeClock() });
  const outcome = client.call();
  const server = await client.accept();
  await server.next(headers, 1);

  server.send(settingsFrame(), frames);

  if (title.includes('informational')) expect(await server.resetCode(1)).toBe(errorCode.enhanceYourCalm);
  else expect(await server.goawayCode()).toBe(errorCode.enhanceYourCalm);
  await outcome;
  expect(client.rules).toEqual([rule]);
  expect(client.lines.join()).toContain(`${rule} ENHANCE_YOUR_CALM`);
});

test('DATA frames of ours entitle their reader to window updates, so a long download is no flood', async () => {
  await using server = await watchedServer();
  await using peer = await server.connect({ settings: [[setting.initialWindowSize, 2 ** 31 - 1]] });

  peer.send(requestFrames(1, 'big 3000000'));
  for (let bytes = 0; bytes < 3_000_000; ) {
    const frame = await peer.next(data, 1);
    bytes += frame!.payload.length;
    // Four updates for each frame, as peers send them that count small pieces.
    const quarter = Math.max(1, frame!.payload.length >> 2);
    peer.send(times(4, () => rawFrame(windowUpdate, 0, 0, uint32(quarter + 1))));
  }

  expect(await peer.next(headers, 1, endStream)).toBeDefined();
  expect(server.rules).toEqual([]);
});
