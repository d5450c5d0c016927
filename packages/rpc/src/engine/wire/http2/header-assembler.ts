import { errorCode } from '../../faults/error-code.ts';
import type { Fault } from '../../faults/fault.ts';
import { frameFlag } from '../frames/frame.ts';
import type { Frame } from '../frames/frame-reader.ts';
import type { ConnectionLimits } from './limits.ts';

/** A complete header block: the bytes between `from` and `to`. */
export interface HeaderBlock {
  readonly streamId: number;
  readonly isEnd: boolean;
  readonly buffer: Buffer;
  readonly from: number;
  readonly to: number;
}

/**
 * Joins the frames of a header block (RFC 9113 section 4.3).
 *
 * Frames and bytes are counted before anything is joined, so that a block without an end costs no memory.
 */
export class HeaderAssembler {
  readonly #limits: ConnectionLimits;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #continuations = 0;
  #streamId = 0;
  #isEnd = false;

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /** The stream whose block is not complete; 0 when there is none. */
  get openStreamId(): number {
    return this.#streamId;
  }

  /** Takes a HEADERS frame; gives the block when it is complete in this one frame. */
  begin(frame: Frame): HeaderBlock | Fault | undefined {
    const range = unwrapHeaders(frame);
    if (range === undefined) {
      const message = 'a HEADERS frame has more padding than content';
      return { rule: 'frame_shape', code: errorCode.protocolError, message, scope: 'connection' };
    }
    const isEnd = (frame.flags & frameFlag.endStream) !== 0;
    if (frame.flags & frameFlag.endHeaders) {
      return { streamId: frame.streamId, isEnd, buffer: frame.buffer, from: range.from, to: range.to };
    }
    this.#streamId = frame.streamId;
    this.#isEnd = isEnd;
    this.#continuations = 0;
    this.#pieces = [];
    this.#bytes = 0;
    return this.#keep(frame.buffer.subarray(range.from, range.to));
  }

  /** Takes a CONTINUATION frame of the open block; gives the block when it is the last. */
  continue(frame: Frame): HeaderBlock | Fault | undefined {
    this.#continuations += 1;
    const fault = this.#keep(frame.buffer.subarray(frame.from, frame.to));
    if (fault !== undefined) return fault;
    if ((frame.flags & frameFlag.endHeaders) === 0) return undefined;
    const buffer = Buffer.concat(this.#pieces);
    const block = { streamId: this.#streamId, isEnd: this.#isEnd, buffer, from: 0, to: buffer.length };
    this.#streamId = 0;
    this.#pieces = [];
    return block;
  }

  #keep(piece: Buffer): Fault | undefined {
    this.#bytes += piece.length;
    const { maxHeaderBlockBytes, maxContinuations } = this.#limits;
    if (this.#bytes <= maxHeaderBlockBytes && this.#continuations <= maxContinuations) {
      // A copy: the chunk that it lies in may be much larger.
      this.#pieces.push(Buffer.from(piece));
      return undefined;
    }
    this.#pieces = [];
    const message = `a header block has ${this.#bytes} bytes in ${this.#continuations + 1} frames and no end`;
    return { rule: 'header_block_size', code: errorCode.enhanceYourCalm, message, scope: 'connection' };
  }
}

/** The block within a HEADERS frame, without padding and priority; undefined when they leave less than nothing. */
function unwrapHeaders(frame: Frame): { from: number; to: number } | undefined {
  let { from, to } = frame;
  if (frame.flags & frameFlag.padded) {
    if (from === to) return undefined;
    to -= frame.buffer[from]!;
    from += 1;
  }
  // Priorities are deprecated and not looked at (RFC 9113 section 5.3.2).
  if (frame.flags & frameFlag.priority) from += 5;
  return from > to ? undefined : { from, to };
}
