import type { ConnectionCore } from './connection-core.ts';
import type { Http2Stream } from './stream.ts';

/**
 * What peers may send: windows of streams and of the connection (RFC 9113 section 5.2).
 *
 * Bytes are given back when the application has worked them off, in pieces of a quarter of a window, so that small
 * messages cost no frame of their own.
 */
export class ReceiveCredit {
  readonly #connection: ConnectionCore;
  /** What the peer may still send on the connection. */
  windowBytes: number;
  #unreportedBytes = 0;

  constructor(connection: ConnectionCore) {
    this.#connection = connection;
    this.windowBytes = connection.limits.connectionWindowBytes;
  }

  /** Gives received bytes back to the peer once they are worked off. */
  consume(stream: Http2Stream, bytes: number): void {
    if (stream.wasReset) return;
    stream.heldBytes -= bytes;
    this.give(bytes);
    if (stream.hasEndedRemotely || stream.isClosed) return;
    stream.unreportedBytes += bytes;
    if (stream.unreportedBytes * 4 < this.#connection.limits.streamWindowBytes || this.#connection.isOver) return;
    this.#connection.writer.windowUpdate(stream.id, stream.unreportedBytes);
    stream.receiveWindow += stream.unreportedBytes;
    stream.unreportedBytes = 0;
  }

  /** Gives bytes of the connection's window back. */
  give(bytes: number): void {
    this.#unreportedBytes += bytes;
    if (this.#unreportedBytes * 4 < this.#connection.limits.connectionWindowBytes || this.#connection.isOver) return;
    this.#connection.writer.windowUpdate(0, this.#unreportedBytes);
    this.windowBytes += this.#unreportedBytes;
    this.#unreportedBytes = 0;
  }

  /** A stream that was reset holds nothing any more. */
  drop(stream: Http2Stream): void {
    stream.wasReset = true;
    this.give(stream.heldBytes);
    stream.heldBytes = 0;
  }
}
