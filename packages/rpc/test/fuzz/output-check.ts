import { AssertionError } from 'node:assert';
import { connectionPreface, defaultWindowBytes, frameFlag, frameType } from '../../src/engine/wire/frames/frame.ts';
import { type Frame, FrameReader } from '../../src/engine/wire/frames/frame-reader.ts';
import { HpackDecoder } from '../../src/engine/wire/hpack/decoder.ts';

/**
 * Checks that what a connection of ours sends is HTTP/2, whatever its peer does.
 *
 * Whole frames of at most 16 KiB, header blocks in one piece and readable with tables in step, no more data than the
 * peer's connection window lets through, nothing after a GOAWAY that tells of an error.
 */
export class OutputCheck {
  readonly #reader: FrameReader;
  readonly #decoder = new HpackDecoder({ maxTableBytes: 4_096, maxListBytes: 1_000_000 });
  #prefaceLeft: number;
  #openBlock = 0;
  #block: Buffer[] = [];
  #allowedBytes = defaultWindowBytes;
  #hasFailed = false;
  frameCount = 0;
  bytes = 0;

  constructor(isServer: boolean) {
    this.#prefaceLeft = isServer ? 0 : connectionPreface.length;
    this.#reader = new FrameReader(
      {
        onFrame: (frame) => this.#frame(frame),
        onFrameTooLarge: (_type, bytes) => this.#fail(`a frame of ${bytes} bytes`),
      },
      16_384,
    );
  }

  /** The peer allowed so much data. */
  allow(bytes: number): void {
    this.#allowedBytes += bytes;
  }

  write(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    const from = Math.min(this.#prefaceLeft, bytes.length);
    this.#prefaceLeft -= from;
    if (from < bytes.length) this.#reader.read(Buffer.from(bytes), from);
  }

  #frame({ type, flags, streamId, buffer, from, to }: Frame): boolean {
    this.frameCount += 1;
    if (this.#hasFailed) this.#fail(`a frame of kind ${type} after GOAWAY with an error`);
    if ((this.#openBlock !== 0) !== (type === frameType.continuation)) this.#fail(`kind ${type} out of order`);
    if (type === frameType.headers || type === frameType.continuation) {
      this.#block.push(Buffer.from(buffer.subarray(from, to)));
      this.#openBlock = flags & frameFlag.endHeaders ? 0 : streamId;
      if (this.#openBlock === 0) this.#endBlock();
    } else if (type === frameType.data) {
      this.#allowedBytes -= to - from;
      if (this.#allowedBytes < 0) this.#fail('more data than the window of the connection lets through');
    } else if (type === frameType.goaway) {
      this.#hasFailed = buffer.readUInt32BE(from + 4) !== 0;
    }
    return true;
  }

  #endBlock(): void {
    const block = Buffer.concat(this.#block);
    this.#block = [];
    if (this.#decoder.decode(block, 0, block.length) === undefined) this.#fail(`a block: ${this.#decoder.fault}`);
  }

  #fail(what: string): void {
    throw new AssertionError({ message: `our output is not HTTP/2: ${what}` });
  }
}
