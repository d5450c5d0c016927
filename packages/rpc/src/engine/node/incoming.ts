import type { Http2Stream } from 'node:http2';
import { type Encoding, unpack } from '../grpc/compression.ts';
import type { GatherBudget } from '../grpc/gather-budget.ts';
import type { IncomingFault } from '../grpc/incoming-fault.ts';
import { type MessageFault, MessageReader, type MessageSink } from '../grpc/message-reader.ts';
import { ReadGate } from './read-gate.ts';

/** Messages above this size are gathered within the budget of their connection. */
const gatherBytes = 131_072;
/** So much may wait for the application before the stream is stopped. */
const fullBytes = 65_536;

/** What incoming messages are told to. */
export interface IncomingSink {
  /** A whole message; call `release` with its bytes when it is worked off. */
  onMessage(bytes: Uint8Array, heldBytes: number): void;
  onFault(fault: IncomingFault): void;
}

/** How a call's messages are read. */
export interface IncomingOptions {
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
  readonly #gate: ReadGate;
  #leaveBudget: (() => void) | undefined;

  constructor(options: IncomingOptions) {
    this.#options = options;
    this.#gate = new ReadGate(options.stream, fullBytes);
    this.#reader = new MessageReader(this, { maxMessageBytes: options.maxMessageBytes, gatherBytes });
  }

  /** Whether the stream may end here. */
  get isBetweenMessages(): boolean {
    return this.#reader.isBetweenMessages;
  }

  read(chunk: Uint8Array): void {
    this.#reader.read(chunk, 0, chunk.length);
  }

  /** A message was worked off. */
  release(heldBytes: number): void {
    this.#gate.release(heldBytes);
  }

  /** Frees what a message in the making holds. */
  close(): void {
    this.#leaveBudget?.();
    this.#leaveBudget = undefined;
  }

  onMessage(bytes: Uint8Array, isCompressed: boolean): void {
    const { sink, encoding, maxMessageBytes } = this.#options;
    this.close();
    const message = !isCompressed ? bytes : encoding === 'identity' ? 'not_packed' : unpack(bytes, maxMessageBytes);
    if (message === 'not_packed') sink.onFault({ kind: 'not_packed' });
    else if (message === 'too_large') sink.onFault({ kind: 'unpacked_too_large' });
    else if (message === undefined) sink.onFault({ kind: 'packing' });
    else {
      this.#gate.hold(message.length);
      sink.onMessage(message, message.length);
    }
  }

  onProgress(_wireBytes: number, totalBytes: number): void {
    if (this.#leaveBudget !== undefined) return;
    let isGranted = false;
    this.#leaveBudget = this.#options.gathering.take(totalBytes, () => {
      isGranted = true;
      this.#gate.hasNoRoom = false;
    });
    if (!isGranted) this.#gate.hasNoRoom = true;
  }

  onMessageFault(fault: MessageFault): void {
    this.#options.sink.onFault(fault);
  }
}
