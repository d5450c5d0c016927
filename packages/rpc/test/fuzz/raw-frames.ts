import { FrameReader } from '../../src/engine/wire/frames/frame-reader.ts';

/** A frame that may be changed. */
export interface RawFrame {
  type: number;
  flags: number;
  streamId: number;
  payload: Buffer;
  /** What its head says of its length, when that is a lie. */
  claimedBytes?: number;
}

/** Cuts whole frames out of bytes. */
export function parseFrames(bytes: Buffer): RawFrame[] {
  const frames: RawFrame[] = [];
  const reader = new FrameReader(
    {
      onFrame({ type, flags, streamId, buffer, from, to }) {
        frames.push({ type, flags, streamId, payload: Buffer.from(buffer.subarray(from, to)) });
        return true;
      },
      onFrameTooLarge: () => undefined,
    },
    2 ** 24,
  );
  reader.read(bytes);
  return frames;
}

/** Writes frames as they are, true or not. */
export function writeFrames(frames: readonly RawFrame[]): Buffer {
  const parts: Buffer[] = [];
  for (const { type, flags, streamId, payload, claimedBytes } of frames) {
    const head = Buffer.allocUnsafe(9);
    head.writeUIntBE(claimedBytes ?? payload.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(streamId >>> 0, 5);
    parts.push(head, payload);
  }
  return Buffer.concat(parts);
}
