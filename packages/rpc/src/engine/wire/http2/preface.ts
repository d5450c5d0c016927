import { connectionPreface, defaultWindowBytes, setting } from '../frames/frame.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { ConnectionLimits } from './limits.ts';

/** Takes the fixed bytes that a client sends first, however they arrive (RFC 9113 section 3.4). */
export class PrefaceReader {
  #left: number;

  constructor(isServer: boolean) {
    this.#left = isServer ? connectionPreface.length : 0;
  }

  get isComplete(): boolean {
    return this.#left === 0;
  }

  /** Reads the beginning of a chunk; gives where the frames begin, or -1 when this is no preface. */
  read(chunk: Buffer): number {
    const done = connectionPreface.length - this.#left;
    const bytes = Math.min(this.#left, chunk.length);
    if (connectionPreface.compare(chunk, 0, bytes, done, done + bytes) !== 0) return -1;
    this.#left -= bytes;
    return bytes;
  }
}

/** Sends what stands at the beginning of a connection: preface of a client, settings, and the connection's window. */
export function sendPreface(writer: FrameWriter, limits: ConnectionLimits, isServer: boolean): void {
  if (!isServer) writer.preface();
  writer.settings([
    ...(isServer ? [setting.maxConcurrentStreams, limits.maxConcurrentStreams] : [setting.enablePush, 0]),
    setting.initialWindowSize,
    limits.streamWindowBytes,
    setting.maxHeaderListSize,
    limits.maxHeaderListBytes,
  ]);
  const more = limits.connectionWindowBytes - defaultWindowBytes;
  if (more > 0) writer.windowUpdate(0, more);
}
