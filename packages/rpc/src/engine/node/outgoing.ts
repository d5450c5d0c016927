import { Buffer } from 'node:buffer';
import type { Http2Stream } from 'node:http2';
import type { Message } from '@bufbuild/protobuf';
import type { Packed } from '../grpc/compression.ts';
import { prefixMessage } from './prefix-message.ts';

/** Messages of one turn leave together, as soon as so much has come together. */
const flushBytes = 32_768;
/** After so many messages without a pause, other work of the process gets its turn. */
const messagesPerTurn = 256;

/**
 * Sends a stream of messages as fast as the peer takes them.
 *
 * Messages that are ready in the same turn are written as one. The next one is asked for only when the stream takes
 * more: what waits is bounded by `flushBytes` and the stream's own mark.
 */
export class Outgoing {
  readonly #stream: Http2Stream;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #sent = 0;
  #resume: (() => void) | undefined;

  constructor(stream: Http2Stream) {
    this.#stream = stream;
  }

  /** Sends messages until they end or the stream does; whoever makes them is told to stop then. */
  async sendAll(messages: AsyncIterable<Message>, pack: (message: Message) => Packed): Promise<void> {
    const iterator = messages[Symbol.asyncIterator]();
    while (this.#stream.writable) {
      const result = await iterator.next();
      if (result.done === true) return;
      if (!this.#stream.writable) break;
      let packed: Packed;
      try {
        packed = pack(result.value);
      } catch (error) {
        await iterator.return?.();
        throw error;
      }
      const pause = this.#send(packed);
      if (pause !== undefined) await pause;
    }
    await iterator.return?.();
  }

  /** Sends a message; resolves when the next one is welcome, undefined when it is welcome at once. */
  #send({ bytes, flags }: Packed): Promise<void> | undefined {
    if (this.#waiting.length === 0) process.nextTick(flush, this);
    const framed = prefixMessage(bytes, flags);
    this.#waiting.push(framed);
    this.#waitingBytes += framed.length;
    this.#sent += 1;
    if (this.#waitingBytes >= flushBytes) this.flush();
    if (this.#stream.writableNeedDrain) return this.#drained();
    return this.#sent % messagesPerTurn === 0 ? new Promise((resolve) => setImmediate(resolve)) : undefined;
  }

  /** Ends the stream after what waits. */
  end(): void {
    const rest = this.#take();
    if (rest === undefined) this.#stream.end();
    else this.#stream.end(rest);
  }

  flush(): void {
    const rest = this.#take();
    if (rest !== undefined && this.#stream.writable) this.#stream.write(rest);
  }

  /** The stream is over: whoever waits goes on. */
  wake(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }

  #take(): Buffer | undefined {
    const waiting = this.#waiting;
    if (waiting.length === 0) return undefined;
    const bytes = this.#waitingBytes;
    this.#waiting = [];
    this.#waitingBytes = 0;
    return waiting.length === 1 ? waiting[0] : Buffer.concat(waiting, bytes);
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#resume = resolve;
      this.#stream.once('drain', () => this.wake());
    });
  }
}

function flush(outgoing: Outgoing): void {
  outgoing.flush();
}
