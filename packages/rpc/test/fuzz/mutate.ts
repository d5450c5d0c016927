import type { Random } from '@mainstay/testing';
import { frameFlag, frameType } from '../../src/engine/wire/frames/frame.ts';
import type { RawFrame } from './raw-frames.ts';

type Mutation = (frames: RawFrame[], at: number, random: Random) => void;

const { headers, data, continuation, rstStream, settings, ping, goaway, windowUpdate, priority } = frameType;
const interestingNumbers = [
  0,
  1,
  2,
  127,
  128,
  255,
  16_383,
  16_384,
  16_385,
  65_535,
  65_536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
];
const interestingBytes = [0, 1, 0x1f, 0x20, 0x3f, 0x40, 0x7f, 0x80, 0xbe, 0xff];

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

function settingsOf(random: Random): Buffer {
  const payload = Buffer.allocUnsafe(6 * (1 + random.below(4)));
  for (let at = 0; at < payload.length; at += 6) {
    payload.writeUInt16BE(random.below(8), at);
    payload.writeUInt32BE(random.pick(interestingNumbers), at + 2);
  }
  return payload;
}

function streamOf(frames: readonly RawFrame[], random: Random): number {
  return random.oneIn(4) ? random.pick([0, 1, 2, 3, 99, 2 ** 31 - 1]) : random.pick(frames).streamId;
}

/** A frame that peers may send at most times, with values that they may or may not. */
function controlFrame(frames: readonly RawFrame[], random: Random): RawFrame {
  const type = random.pick([
    settings,
    ping,
    windowUpdate,
    windowUpdate,
    rstStream,
    goaway,
    priority,
    10 + random.below(200),
  ]);
  const streamId = streamOf(frames, random);
  switch (type) {
    case settings:
      return random.oneIn(3)
        ? { type, flags: frameFlag.ack, streamId: 0, payload: Buffer.alloc(0) }
        : { type, flags: 0, streamId: 0, payload: settingsOf(random) };
    case ping:
      return { type, flags: random.below(2), streamId: 0, payload: random.bytes(8) };
    case goaway:
      return {
        type,
        flags: 0,
        streamId: 0,
        payload: Buffer.concat([uint32(random.below(40)), uint32(random.below(14))]),
      };
    case priority:
      return { type, flags: 0, streamId, payload: random.bytes(5) };
    case rstStream:
      return { type, flags: 0, streamId, payload: uint32(random.below(15)) };
    case windowUpdate:
      return {
        type,
        flags: 0,
        streamId: random.oneIn(3) ? 0 : streamId,
        payload: uint32(random.pick(interestingNumbers)),
      };
    default:
      return { type, flags: random.below(256), streamId, payload: random.bytes(random.below(40)) };
  }
}

function pad(frame: RawFrame, random: Random): void {
  if (frame.flags & frameFlag.padded || (frame.type !== data && frame.type !== headers)) return;
  const bytes = random.below(30);
  const told = random.oneIn(6) ? random.below(256) : bytes;
  frame.flags |= frameFlag.padded;
  frame.payload = Buffer.concat([Buffer.from([told]), frame.payload, Buffer.alloc(bytes)]);
}

/** Cuts a header block into CONTINUATION frames. */
function split(frames: RawFrame[], at: number, random: Random): void {
  const frame = frames[at]!;
  if (frame.type !== headers || !(frame.flags & frameFlag.endHeaders)) return;
  const { payload, streamId } = frame;
  const first = random.below(payload.length + 1);
  frame.payload = payload.subarray(0, first);
  frame.flags &= ~frameFlag.endHeaders;
  const rest: RawFrame[] = [];
  for (let from = first, left = random.below(5); ; left--) {
    const to = left === 0 ? payload.length : from + random.below(payload.length - from + 1);
    const flags = left === 0 && !random.oneIn(10) ? frameFlag.endHeaders : 0;
    rest.push({ type: continuation, flags, streamId, payload: payload.subarray(from, to) });
    if (left === 0) break;
    from = to;
  }
  frames.splice(at + 1, 0, ...rest);
}

const mutations: readonly Mutation[] = [
  (frames, at) => void (frames.length > 1 && frames.splice(at, 1)),
  (frames, at) => void frames.splice(at, 0, { ...frames[at]! }),
  (frames, at, random) => void frames.splice(random.below(frames.length), 0, frames.splice(at, 1)[0]!),
  (frames, at, random) => void (frames[at]!.type = random.below(12)),
  (frames, at, random) => void (frames[at]!.flags ^= 1 << random.below(8)),
  (frames, at, random) => void (frames[at]!.streamId = streamOf(frames, random)),
  (frames, at, random) => {
    const { payload } = frames[at]!;
    frames[at]!.payload = payload.subarray(0, random.below(payload.length + 1));
  },
  (frames, at, random) => {
    frames[at]!.payload = Buffer.concat([frames[at]!.payload, random.bytes(1 + random.below(20))]);
  },
  (frames, at, random) => {
    const payload = Buffer.from(frames[at]!.payload);
    for (let left = 1 + random.below(3); left > 0 && payload.length > 0; left--) {
      const place = random.below(payload.length);
      payload[place] = random.oneIn(2) ? random.pick(interestingBytes) : payload[place]! ^ (1 << random.below(8));
    }
    frames[at]!.payload = payload;
  },
  (frames, at, random) =>
    void (frames[at]!.claimedBytes = (frames[at]!.payload.length + random.below(40) - 20) & 0xffffff),
  (frames, at, random) => void frames.splice(at, 0, controlFrame(frames, random)),
  (frames, at, random) => void frames.splice(at, 0, controlFrame(frames, random)),
  (frames, at, random) => pad(frames[at]!, random),
  split,
  split,
  (frames, at, random) => {
    const flags = frameFlag.endHeaders | random.below(2);
    const payload = random.bytes(random.below(60));
    frames.splice(at, 0, { type: headers, flags, streamId: streamOf(frames, random), payload });
  },
  (frames, at, random) => {
    const many = random.oneIn(50) ? 3_000 : random.below(60);
    frames.splice(at, 0, ...Array.from({ length: many }, () => ({ ...frames[at]! })));
  },
  (frames, at, random) => {
    const frame = controlFrame(frames, random);
    frames.splice(at, 0, ...Array.from({ length: random.below(130) }, () => frame));
  },
];

/** Changes a session in one to six places. */
export function mutate(session: readonly RawFrame[], random: Random): RawFrame[] {
  const frames = session.map((frame) => ({ ...frame }));
  for (let left = 1 + random.below(6); left > 0; left--) {
    random.pick(mutations)(frames, random.below(frames.length), random);
  }
  return frames;
}
