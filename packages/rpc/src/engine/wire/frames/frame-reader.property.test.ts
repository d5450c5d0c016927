import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameReader } from './frame-reader.ts';

interface Seen {
  type: number;
  flags: number;
  streamId: number;
  payload: string;
}

function frameBytes({ type, flags, streamId, payload }: Omit<Seen, 'payload'> & { payload: Uint8Array }): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

function reading(maxFrameBytes = 16_384): { reader: FrameReader; seen: Seen[]; tooLarge: number[] } {
  const seen: Seen[] = [];
  const tooLarge: number[] = [];
  const reader = new FrameReader(
    {
      onFrame({ type, flags, streamId, buffer, from, to }) {
        seen.push({ type, flags, streamId, payload: buffer.toString('hex', from, to) });
        return true;
      },
      onFrameTooLarge: (_type, bytes) => void tooLarge.push(bytes),
    },
    maxFrameBytes,
  );
  return { reader, seen, tooLarge };
}

const frame = fc.record({
  type: fc.nat(255),
  flags: fc.nat(255),
  streamId: fc.nat(2 ** 31 - 1),
  payload: fc.uint8Array({ maxLength: 60 }),
});

test('frames are the same however their bytes are split', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 10 }), fc.array(fc.integer({ min: 1, max: 40 })), (frames, sizes) => {
      const bytes = Buffer.concat(frames.map(frameBytes));
      const { reader, seen } = reading();
      let at = 0;
      for (const size of [...sizes, bytes.length]) {
        if (at < bytes.length) expect(reader.read(Buffer.from(bytes.subarray(at, at + size)))).toBe(true);
        at += size;
      }
      expect(seen).toEqual(
        frames.map(({ payload, ...rest }) => ({ ...rest, payload: Buffer.from(payload).toString('hex') })),
      );
      expect(reader.isInsideFrame).toBe(false);
    }),
  );
});

test('a frame over the limit is told from its head alone, at any split', () => {
  const bytes = frameBytes({ type: 0, flags: 0, streamId: 1, payload: Buffer.alloc(101) });
  for (let split = 1; split < 9; split++) {
    const { reader, seen, tooLarge } = reading(100);
    expect(reader.read(bytes.subarray(0, split))).toBe(true);
    expect(reader.read(bytes.subarray(split, 12))).toBe(false);
    expect({ seen, tooLarge }).toEqual({ seen: [], tooLarge: [101] });
  }
});

test('the reserved bit of a stream id is ignored', () => {
  const { reader, seen } = reading();
  reader.read(frameBytes({ type: 6, flags: 0, streamId: 2 ** 31 + 5, payload: Buffer.alloc(0) }));
  expect(seen[0]?.streamId).toBe(5);
});
