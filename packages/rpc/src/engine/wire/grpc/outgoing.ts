import type { Http2Connection } from '../http2/connection.ts';
import type { Http2Stream } from '../http2/stream.ts';

/** After so many messages without a pause, other work of the process gets its turn. */
const messagesPerTurn = 256;

/**
 * Sends a stream of messages as fast as the peer takes them.
 *
 * The next message is asked for only when the one before has left: at most one waits.
 */
export class Outgoing {
  readonly #connection: Http2Connection;
  readonly #stream: Http2Stream;
  #onWritable: (() => void) | undefined;
  #sent = 0;

  constructor(connection: Http2Connection, stream: Http2Stream) {
    this.#connection = connection;
    this.#stream = stream;
  }

  /** Sends a message; resolves when the next one is welcome, undefined when it is welcome at once. */
  send(bytes: Uint8Array, flags: number): Promise<void> | undefined {
    this.#connection.sender.message(this.#stream, bytes, flags);
    this.#sent += 1;
    if (!(this.#stream.isWritable || this.#stream.isClosed)) {
      return new Promise((resolve) => {
        this.#onWritable = resolve;
      });
    }
    if (this.#sent % messagesPerTurn !== 0) return undefined;
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** Everything has left, or the stream is over: whoever waits goes on. */
  wake(): void {
    const resume = this.#onWritable;
    this.#onWritable = undefined;
    resume?.();
  }
}
