import { connectionPreface, frameFlag, frameHeaderBytes, frameType, minMaxFrameBytes } from '../frames/frame.ts';
import type { Output } from '../frames/output.ts';
import type { HpackEncoder } from '../hpack/encoder.ts';
import type { BlockWriter } from './stream.ts';

/** Bytes that the beginning of a block may take, before its first field. */
const blockStartBytes = 12;
/** A message's prefix: compressed or not, and its length. */
const prefixBytes = 5;
/** What one reservation of the output may take beside the frame's head. */
const maxReservedBytes = 16_384;

const dataFrame = frameType.data << 8;
const lastDataFrame = dataFrame | frameFlag.endStream;
const headersFrame = (frameType.headers << 8) | frameFlag.endHeaders;
const lastHeadersFrame = headersFrame | frameFlag.endStream;

/** Puts frames into an output. */
export class FrameWriter {
  readonly #output: Output;
  readonly #encoder: HpackEncoder;

  constructor(output: Output, encoder: HpackEncoder) {
    this.#output = output;
    this.#encoder = encoder;
  }

  /** What a client sends first. */
  preface(): void {
    this.#output.append(connectionPreface);
  }

  /** @param pairs - parameter and value in turn. */
  settings(pairs: readonly number[]): void {
    const bytes = pairs.length * 3;
    const slab = this.#head(bytes, frameType.settings << 8, 0);
    let at = this.#output.end + frameHeaderBytes;
    for (let i = 0; i < pairs.length; i += 2) {
      slab.writeUInt16BE(pairs[i]!, at);
      slab.writeUInt32BE(pairs[i + 1]!, at + 2);
      at += 6;
    }
    this.#output.commit(at);
  }

  settingsAck(): void {
    this.#head(0, (frameType.settings << 8) | frameFlag.ack, 0);
    this.#output.commit(this.#output.end + frameHeaderBytes);
  }

  /** @param payload - 8 bytes. */
  ping(payload: Uint8Array, isAck: boolean): void {
    const slab = this.#head(8, (frameType.ping << 8) | (isAck ? frameFlag.ack : 0), 0);
    const at = this.#output.end + frameHeaderBytes;
    slab.set(payload, at);
    this.#output.commit(at + 8);
  }

  goaway(lastStreamId: number, code: number, debug: string): void {
    const bytes = 8 + debug.length;
    const slab = this.#head(bytes, frameType.goaway << 8, 0);
    const at = this.#output.end + frameHeaderBytes;
    slab.writeUInt32BE(lastStreamId, at);
    slab.writeUInt32BE(code, at + 4);
    slab.write(debug, at + 8, 'latin1');
    this.#output.commit(at + bytes);
  }

  resetStream(streamId: number, code: number): void {
    this.#number(frameType.rstStream, streamId, code);
  }

  windowUpdate(streamId: number, bytes: number): void {
    this.#number(frameType.windowUpdate, streamId, bytes);
  }

  /** Writes a header block, in CONTINUATION frames when it is large. */
  headers(streamId: number, block: BlockWriter, isEnd: boolean): void {
    const most = block.maxBytes + blockStartBytes;
    if (most > maxReservedBytes) {
      this.#longHeaders(streamId, block, isEnd);
      return;
    }
    const output = this.#output;
    const slab = output.reserve(frameHeaderBytes + most);
    const from = output.end + frameHeaderBytes;
    const end = block.write(this.#encoder, slab, this.#encoder.begin(slab, from));
    this.#head(end - from, isEnd ? lastHeadersFrame : headersFrame, streamId);
    output.commit(end);
  }

  /** Writes a DATA frame; the caller keeps to windows and frame size. */
  data(streamId: number, bytes: Uint8Array, isEnd: boolean): void {
    this.#head(bytes.length, isEnd ? lastDataFrame : dataFrame, streamId);
    this.#output.commit(this.#output.end + frameHeaderBytes);
    if (bytes.length > 0) this.#output.append(bytes);
  }

  /** Writes the head of a DATA frame whose bytes are appended next. */
  dataHead(streamId: number, bytes: number, isEnd: boolean): void {
    this.#head(bytes, isEnd ? lastDataFrame : dataFrame, streamId);
    this.#output.commit(this.#output.end + frameHeaderBytes);
  }

  /** Writes a whole message with its prefix as one DATA frame, at most 8 KiB. */
  message(streamId: number, message: Uint8Array, flags: number): void {
    const output = this.#output;
    const bytes = prefixBytes + message.length;
    const slab = this.#head(bytes, dataFrame | (flags >> 1), streamId);
    const at = output.end + frameHeaderBytes;
    slab[at] = flags & 1;
    slab[at + 1] = 0;
    slab[at + 2] = message.length >>> 16;
    slab[at + 3] = message.length >>> 8;
    slab[at + 4] = message.length;
    slab.set(message, at + prefixBytes);
    output.commit(at + bytes);
  }

  #number(type: number, streamId: number, value: number): void {
    const slab = this.#head(4, type << 8, streamId);
    const at = this.#output.end + frameHeaderBytes;
    slab.writeUInt32BE(value, at);
    this.#output.commit(at + 4);
  }

  /** Writes the head of a frame where the output ends, without committing it. */
  #head(bytes: number, typeAndFlags: number, streamId: number): Buffer {
    const slab = this.#output.reserve(frameHeaderBytes + Math.min(bytes, maxReservedBytes));
    const at = this.#output.end;
    slab[at] = bytes >>> 16;
    slab[at + 1] = bytes >>> 8;
    slab[at + 2] = bytes;
    slab[at + 3] = typeAndFlags >>> 8;
    slab[at + 4] = typeAndFlags;
    slab[at + 5] = streamId >>> 24;
    slab[at + 6] = streamId >>> 16;
    slab[at + 7] = streamId >>> 8;
    slab[at + 8] = streamId;
    return slab;
  }

  #longHeaders(streamId: number, block: BlockWriter, isEnd: boolean): void {
    const whole = Buffer.allocUnsafe(block.maxBytes + blockStartBytes);
    const end = block.write(this.#encoder, whole, this.#encoder.begin(whole, 0));
    for (let from = 0; from < end; from += minMaxFrameBytes) {
      const to = Math.min(end, from + minMaxFrameBytes);
      const type = from === 0 ? frameType.headers : frameType.continuation;
      const flags = (to === end ? frameFlag.endHeaders : 0) | (isEnd && from === 0 ? frameFlag.endStream : 0);
      this.#head(to - from, (type << 8) | flags, streamId);
      this.#output.commit(this.#output.end + frameHeaderBytes);
      this.#output.append(whole.subarray(from, to));
    }
  }
}
