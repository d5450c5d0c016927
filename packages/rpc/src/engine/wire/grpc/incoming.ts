import { type Encoding, unpack } from '../../grpc/compression.ts';
import type { GatherBudget } from '../../grpc/gather-budget.ts';
import type { IncomingFault } from '../../grpc/incoming-fault.ts';
import { type MessageFault, MessageReader, type MessageSink } from '../../grpc/message-reader.ts';
import type { Http2Connection } from '../http2/connection.ts';
import type { Http2Stream } from '../http2/stream.ts';

/** What incoming messages are told to. */
export interface IncomingSink {
  /** A whole message; give its `wireBytes` back to the connection when it is worked off. */
  onMessage(bytes: Uint8Array, wireBytes: number): void;
  onFault(fault: IncomingFault): void;
}

/** How a call's messages are read. */
export interface IncomingOptions {
  readonly connection: Http2Connection;
  readonly stream: Http2Stream;
  readonly maxMessageBytes: number;
  readonly gathering: GatherBudget;
  readonly encoding: Encoding;
  readonly sink: IncomingSink;
}

/** Reads the messages of one direction of a call: cut, gathered within the budget, unpacked. */
export class Incoming implements MessageSink {
  readonly #options: IncomingOptions;
  readonly #reader: MessageReader;
  /** Bytes to give back once the message has room in the budget. */
  #owedBytes = 0;
  #hasRoom = false;
  #leaveBudget: (() => void) | undefined;

  constructor(options: IncomingOptions) {
    this.#options = options;
    const gatherBytes = options.connection.limits.streamWindowBytes / 2;
    this.#reader = new MessageReader(this, { maxMessageBytes: options.maxMessageBytes, gatherBytes });
  }

  /** Whether the stream may end here. */
  get isBetweenMessages(): boolean {
    return this.#reader.isBetweenMessages;
  }

  read(buffer: Uint8Array, from: number, to: number): void {
    this.#reader.read(buffer, from, to);
  }

  /** Frees what a message in the making holds. */
  close(): void {
    this.#leaveBudget?.();
    this.#leaveBudget = undefined;
  }

  onMessage(bytes: Uint8Array, isCompressed: boolean, wireBytes: number): void {
    const { sink, encoding, maxMessageBytes } = this.#options;
    const owed = wireBytes + this.#owedBytes;
    this.#owedBytes = 0;
    this.#hasRoom = false;
    this.close();
    if (!isCompressed) {
      sink.onMessage(bytes, owed);
      return;
    }
    const unpacked = encoding === 'identity' ? 'not_packed' : unpack(bytes, maxMessageBytes);
    if (unpacked === 'not_packed') sink.onFault({ kind: 'not_packed' });
    else if (unpacked === 'too_large') sink.onFault({ kind: 'unpacked_too_large' });
    else if (unpacked === undefined) sink.onFault({ kind: 'packing' });
    else sink.onMessage(unpacked, owed);
  }

  onProgress(wireBytes: number, totalBytes: number): void {
    this.#owedBytes += wireBytes;
    this.#leaveBudget ??= this.#options.gathering.take(totalBytes, () => {
      this.#hasRoom = true;
      this.#payBack();
    });
    this.#payBack();
  }

  onMessageFault(fault: MessageFault): void {
    this.#options.sink.onFault(fault);
  }

  #payBack(): void {
    if (!this.#hasRoom) return;
    const bytes = this.#owedBytes;
    this.#owedBytes = 0;
    this.#options.connection.credit.consume(this.#options.stream, bytes);
  }
}
