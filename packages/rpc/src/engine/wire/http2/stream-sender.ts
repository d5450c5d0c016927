import { errorCode } from '../../faults/error-code.ts';
import type { ConnectionCore } from './connection-core.ts';
import type { SendQueue } from './send-queue.ts';
import type { BlockWriter, Http2Stream } from './stream.ts';

/** A message that fits this with its prefix may leave at once, in one piece. */
const maxDirectBytes = 8_192;

/** What the owners of streams send: straight into the output when windows and socket allow, else through the queue. */
export class StreamSender {
  readonly #connection: ConnectionCore;
  readonly #queue: SendQueue;

  constructor(connection: ConnectionCore, queue: SendQueue) {
    this.#connection = connection;
    this.#queue = queue;
  }

  headers(stream: Http2Stream, block: BlockWriter, isEnd: boolean): void {
    if (stream.isClosed) return;
    this.#connection.writer.headers(stream.id, block, isEnd);
    if (isEnd) this.#connection.onLocalEnd(stream);
  }

  /**
   * Sends a message with its five-byte prefix, or lets it wait; ask `stream.isWritable` afterwards.
   *
   * @param message - must not change any more.
   * @param flags - 1: compressed; 2: the stream ends with it.
   */
  message(stream: Http2Stream, message: Uint8Array, flags: number): void {
    if (stream.isClosed) return;
    const bytes = message.length + 5;
    const isAtOnce = bytes <= maxDirectBytes && bytes <= this.#connection.sendWindow && bytes <= stream.sendWindow;
    if (isAtOnce && stream.isWritable && this.#queue.isOpen) {
      this.#connection.writer.message(stream.id, message, flags);
      this.#connection.sendWindow -= bytes;
      stream.sendWindow -= bytes;
      this.#connection.onDataSent();
      if (flags & 2) this.#connection.onLocalEnd(stream);
      return;
    }
    const prefix = Buffer.allocUnsafe(5);
    prefix[0] = flags & 1;
    prefix.writeUInt32BE(message.length, 1);
    this.#queue.add(stream, prefix);
    this.#queue.add(stream, message);
    if (flags & 2) stream.ending = 'data';
    if (this.#queue.queuedBytes > this.#connection.limits.maxQueuedBytes) {
      const message = `${this.#queue.queuedBytes} bytes wait for the peer's window`;
      this.#connection.failStream(stream, {
        rule: 'queued_bytes',
        code: errorCode.enhanceYourCalm,
        message,
        scope: 'stream',
      });
      return;
    }
    this.#queue.enter(stream);
    this.#queue.pump();
  }

  /** Ends our side, with trailers or without, behind whatever waits. */
  end(stream: Http2Stream, trailers?: BlockWriter): void {
    if (stream.isClosed || stream.hasEndedLocally) return;
    if (stream.isWritable && trailers !== undefined) {
      this.#connection.writer.headers(stream.id, trailers, true);
      this.#connection.onLocalEnd(stream);
      return;
    }
    stream.ending = trailers ?? 'data';
    this.#queue.enter(stream);
    this.#queue.pump();
  }
}
