import { frameHeaderBytes } from './frame.ts';

/** One complete frame; `from` and `to` bound its payload in `buffer`, which is valid only during the call. */
export interface Frame {
  type: number;
  flags: number;
  streamId: number;
  buffer: Buffer;
  from: number;
  to: number;
}

/** Takes what the reader finds. Returning false stops the reading, because the connection has ended. */
export interface FrameSink {
  onFrame(frame: Frame): boolean;
  /** A frame announces more than the limit; the connection ends with FRAME_SIZE_ERROR. */
  onFrameTooLarge(type: number, bytes: number): void;
}

/**
 * Cuts a stream of bytes into frames, however the bytes arrive.
 *
 * Frames that lie whole in a chunk are handed on where they lie; only a frame that spans chunks is copied. Memory is
 * bounded by the largest frame plus one chunk.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #maxFrameBytes: number;
  readonly #frame: Frame = { type: 0, flags: 0, streamId: 0, buffer: Buffer.alloc(0), from: 0, to: 0 };
  /** Beginning of a frame that is not complete; `#partialBytes` of it are filled. */
  #partial: Buffer | undefined;
  #partialBytes = 0;

  constructor(sink: FrameSink, maxFrameBytes: number) {
    this.#sink = sink;
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Whether bytes of an incomplete frame are waiting. */
  get isInsideFrame(): boolean {
    return this.#partial !== undefined;
  }

  /** Reads a chunk from a position; false when the connection ended on the way. */
  read(chunk: Buffer, position = 0): boolean {
    let at = position;
    if (this.#partial !== undefined) {
      at = this.#complete(chunk, at);
      if (at < 0) return false;
      if (this.#partial !== undefined) return true;
    }
    while (chunk.length - at >= frameHeaderBytes) {
      const bytes = payloadBytes(chunk, at);
      if (bytes > this.#maxFrameBytes) return this.#tooLarge(chunk, at, bytes);
      const end = at + frameHeaderBytes + bytes;
      if (end > chunk.length) break;
      if (!this.#emit(chunk, at, end)) return false;
      at = end;
    }
    if (at < chunk.length) this.#keep(chunk, at);
    return true;
  }

  #keep(chunk: Buffer, at: number): void {
    const have = chunk.length - at;
    const need = have < frameHeaderBytes ? frameHeaderBytes : frameHeaderBytes + payloadBytes(chunk, at);
    this.#partial = Buffer.allocUnsafe(need);
    chunk.copy(this.#partial, 0, at);
    this.#partialBytes = have;
  }

  /** Fills the waiting frame; returns where the chunk goes on, or -1 when the connection ended. */
  #complete(chunk: Buffer, position: number): number {
    let at = position;
    for (;;) {
      const partial = this.#partial!;
      const taken = Math.min(partial.length - this.#partialBytes, chunk.length - at);
      chunk.copy(partial, this.#partialBytes, at, at + taken);
      this.#partialBytes += taken;
      at += taken;
      if (this.#partialBytes < partial.length) return at;
      const bytes = payloadBytes(partial, 0);
      if (bytes > this.#maxFrameBytes) {
        this.#tooLarge(partial, 0, bytes);
        return -1;
      }
      if (partial.length === frameHeaderBytes + bytes) {
        this.#partial = undefined;
        return this.#emit(partial, 0, partial.length) ? at : -1;
      }
      // Only the head was known; now the whole length is.
      const whole = Buffer.allocUnsafe(frameHeaderBytes + bytes);
      partial.copy(whole, 0, 0, frameHeaderBytes);
      this.#partial = whole;
    }
  }

  #emit(buffer: Buffer, at: number, end: number): boolean {
    const frame = this.#frame;
    frame.type = buffer[at + 3]!;
    frame.flags = buffer[at + 4]!;
    frame.streamId = buffer.readUInt32BE(at + 5) & 0x7fffffff;
    frame.buffer = buffer;
    frame.from = at + frameHeaderBytes;
    frame.to = end;
    return this.#sink.onFrame(frame);
  }

  #tooLarge(buffer: Buffer, at: number, bytes: number): false {
    this.#sink.onFrameTooLarge(buffer[at + 3]!, bytes);
    return false;
  }
}

function payloadBytes(buffer: Buffer, at: number): number {
  return (buffer[at]! << 16) | (buffer[at + 1]! << 8) | buffer[at + 2]!;
}
