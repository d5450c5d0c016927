import type { Random } from '@mainstay/testing';
import { frameType } from '../../src/engine/wire/frames/frame.ts';
import { FrameReader } from '../../src/engine/wire/frames/frame-reader.ts';
import { MemorySocket } from './memory-socket.ts';
import { OutputCheck } from './output-check.ts';

/** The other end of a connection under test: sends bytes in any pieces, reads or does not, and watches what it gets. */
export class FuzzPeer {
  readonly socket: MemorySocket;
  readonly output: OutputCheck;
  readonly #reader: FrameReader;
  #prefaceLeft: number;
  /** Frames that arrived while the connection still read. */
  sentFrames = 0;

  constructor(options: { readonly isServer: boolean; readonly prefaceBytes: number }) {
    this.output = new OutputCheck(options.isServer);
    this.socket = new MemorySocket((bytes) => this.output.write(bytes));
    this.#prefaceLeft = options.prefaceBytes;
    this.#reader = new FrameReader(
      {
        onFrame: ({ type, streamId, buffer, from, to }) => {
          this.sentFrames += 1;
          if (type === frameType.windowUpdate && streamId === 0 && to - from === 4) {
            this.output.allow(buffer.readUInt32BE(from) & 0x7fffffff);
          }
          return true;
        },
        onFrameTooLarge: () => undefined,
      },
      16_384,
    );
  }

  /** Sends bytes in pieces of random sizes; now and then other work gets its turn, and the peer stops reading. */
  async send(bytes: Buffer, random: Random): Promise<void> {
    const most = random.pick([40, 1_000, 20_000, bytes.length]) + 1;
    for (let at = 0; at < bytes.length && !(this.socket.isEnded || this.socket.destroyed); ) {
      const chunk = Buffer.from(bytes.subarray(at, at + 1 + random.below(most)));
      at += chunk.length;
      this.#count(chunk);
      this.socket.receive(chunk);
      if (random.oneIn(20)) this.socket.isFull = true;
      if (random.oneIn(20)) this.socket.drain();
      if (random.oneIn(8)) await turn();
    }
    await turn();
    this.socket.drain();
    await turn();
  }

  #count(chunk: Buffer): void {
    const from = Math.min(this.#prefaceLeft, chunk.length);
    this.#prefaceLeft -= from;
    if (from < chunk.length) this.#reader.read(chunk, from);
  }
}

/** Lets everything run that is ready to. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
