import type { Writable } from 'node:stream';
import { pieceBytes, writeStallMs } from '../limits.ts';

/** What an outlet tells its connection. */
export interface OutletSink {
  /** The socket has taken everything. */
  onEmpty(): void;
}

/** From this length on text is turned into bytes, so that it can be cut. */
const longText = 65_536;

/**
 * What a connection sends: gathered until `flush`, then handed to the socket in one write, the next when that was taken.
 *
 * Text is latin1.
 */
export class Outlet {
  readonly #socket: Writable;
  readonly #sink: OutletSink;
  #text = '';
  #queue: (string | Uint8Array)[] = [];
  #isWriting = false;
  #writeCount = 0;
  #seenCount = 0;
  #stalledSinceMs = 0;

  constructor(socket: Writable, sink: OutletSink) {
    this.#socket = socket;
    this.#sink = sink;
  }

  /** Whether the socket has taken all there was. */
  get isEmpty(): boolean {
    return !this.#isWriting && this.#text === '' && this.#queue.length === 0;
  }

  /** Whether the socket has not yet taken what was handed to it. */
  get isWriting(): boolean {
    return this.#isWriting;
  }

  /** Whether enough waits that it should leave. */
  get isLong(): boolean {
    return this.#queue.length > 0 || this.#text.length >= longText;
  }

  addText(text: string): void {
    if (text.length >= longText) this.addBytes(Buffer.from(text, 'latin1'));
    else this.#text += text;
  }

  addBytes(bytes: Uint8Array): void {
    this.#closeText();
    for (let at = 0; at < bytes.byteLength; at += pieceBytes) this.#queue.push(bytes.subarray(at, at + pieceBytes));
  }

  /** Hands to the socket what it may have; does nothing while it has not taken what it got before. */
  flush(): void {
    if (this.#isWriting) return;
    if (this.#queue.length > 0) {
      this.#closeText();
      this.#isWriting = true;
      this.#writeCount += 1;
      this.#socket.write(this.#queue.shift() as Uint8Array, this.#onWritten);
    } else if (this.#text !== '') {
      const text = this.#text;
      this.#text = '';
      this.#isWriting = true;
      this.#writeCount += 1;
      this.#socket.write(text, 'latin1', this.#onWritten);
    }
  }

  /** Whether the client has taken nothing for too long; to be asked now and then. */
  isStalled(nowMs: number): boolean {
    if (!this.#isWriting || this.#seenCount !== this.#writeCount) {
      this.#seenCount = this.#writeCount;
      this.#stalledSinceMs = nowMs;
      return false;
    }
    return nowMs - this.#stalledSinceMs >= writeStallMs;
  }

  readonly #onWritten = (error?: Error | null): void => {
    this.#isWriting = false;
    // The socket tells its end by itself.
    if (error !== null && error !== undefined) return;
    this.flush();
    if (!this.#isWriting) this.#sink.onEmpty();
  };

  #closeText(): void {
    if (this.#text === '') return;
    this.#queue.push(Buffer.from(this.#text, 'latin1'));
    this.#text = '';
  }
}
