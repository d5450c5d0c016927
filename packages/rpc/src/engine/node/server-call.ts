import type { ServerHttp2Stream } from 'node:http2';
import type { Message } from '@bufbuild/protobuf';
import { Cancellation, isPlatformError, kernelReasons, PlatformError } from '@mainstay/kernel';
import { rpcReasons } from '../../errors.ts';
import { isStream } from '../../wire/streams.ts';
import type { AnswerSink, EngineAnswer, Payload } from '../engine.ts';
import type { IncomingFault } from '../grpc/incoming-fault.ts';
import { MessageQueue } from '../grpc/message-queue.ts';
import type { MethodWire } from '../grpc/method-wire.ts';
import { type Packing, readPacking, refusalOf, unpacked } from '../grpc/refusal.ts';
import type { Metadata } from '../metadata.ts';
import { AnswerWriter } from './answer-writer.ts';
import { Incoming } from './incoming.ts';
import { isOneMessage, messageIn } from './prefix-message.ts';
import type { ServerSession } from './server-session.ts';

/**
 * One call on a server.
 *
 * States: reading (the request of a single message is not complete) → running (the handler works) → answering (its
 * stream is being sent) → over. The call counts against the limits until the handler is done, even when the caller has
 * gone.
 */
export class ServerCall implements AnswerSink {
  readonly #session: ServerSession;
  readonly #stream: ServerHttp2Stream;
  readonly #wire: MethodWire;
  readonly #header: Metadata;
  readonly #cancellation = new Cancellation();
  readonly #writer: AnswerWriter;
  readonly #packing: Packing | PlatformError;
  #incoming: Incoming | undefined;
  #single: Uint8Array | undefined;
  #requests: MessageQueue | undefined;
  #isRunning = false;
  #isOver = false;

  constructor(session: ServerSession, stream: ServerHttp2Stream, request: { wire: MethodWire; header: Metadata }) {
    const { wire, header } = request;
    this.#session = session;
    this.#stream = stream;
    this.#wire = wire;
    this.#header = header;
    this.#packing = readPacking(header);
    const { answers } = isPlatformError(this.#packing) ? unpacked : this.#packing;
    this.#writer = new AnswerWriter(session, stream, { wire, encoding: answers });
  }

  /** Looks at the head and goes as far as it allows. */
  begin(): void {
    const stream = this.#stream;
    stream.on('close', () => this.#onClose());
    if (isPlatformError(this.#packing)) {
      this.#refuse(this.#packing);
      return;
    }
    stream.on('data', (chunk: Buffer) => this.#onData(chunk));
    stream.on('end', () => this.#onEnd());
    if (!this.#wire.hasRequestStream) return;
    this.#requests = new MessageQueue({
      onTaken: (bytes) => this.#incoming?.release(bytes),
      onReturn: () => undefined,
    });
    this.#run(this.#requests);
  }

  onMessage(bytes: Uint8Array, heldBytes: number): void {
    if (this.#requests === undefined) {
      if (this.#single === undefined) this.#single = bytes;
      else this.#refuse(new PlatformError(rpcReasons.REQUEST_UNSUPPORTED, 'the method takes one message, not several'));
      return;
    }
    try {
      this.#requests.push(this.#wire.readRequest(bytes), heldBytes);
    } catch (cause) {
      this.#failRequests(unreadable(cause));
    }
  }

  onFault(fault: IncomingFault): void {
    this.#failRequests(refusalOf(fault, this.#session.served.options.maxMessageBytes));
  }

  #onData(chunk: Buffer): void {
    this.#session.readCount += 1;
    if (this.#isOver) return;
    const { maxMessageBytes } = this.#session.served.options;
    // Nearly always the whole request lies in one frame.
    const isSimple = this.#incoming === undefined && this.#requests === undefined && this.#single === undefined;
    if (isSimple && isOneMessage(chunk) && chunk.length <= maxMessageBytes) {
      this.#single = messageIn(chunk);
      return;
    }
    const { requests } = this.#packing as Packing;
    this.#incoming ??= new Incoming({
      stream: this.#stream,
      maxMessageBytes,
      gathering: this.#session.gathering,
      encoding: requests,
      sink: this,
    });
    this.#incoming.read(chunk);
  }

  #onEnd(): void {
    // The end of a stream that was reset is no end of a request.
    if (this.#isOver || this.#stream.closed) return;
    if (this.#incoming?.isBetweenMessages === false) {
      this.#failRequests(
        new PlatformError(rpcReasons.REQUEST_MALFORMED, 'the request ends in the middle of a message'),
      );
    } else if (this.#requests === undefined) {
      this.#runSingle();
    } else {
      this.#requests.end();
    }
  }

  #onClose(): void {
    this.#session.streams.delete(this.#stream);
    this.#incoming?.close();
    this.#writer.wake();
    if (this.#isOver) return;
    const reason = new PlatformError(kernelReasons.CANCELED, 'the caller is gone');
    this.#requests?.fail(reason, true);
    this.#cancellation.cancel(reason);
    if (!this.#isRunning) this.#done();
  }

  #runSingle(): void {
    if (this.#single === undefined) {
      this.#refuse(new PlatformError(rpcReasons.REQUEST_UNSUPPORTED, 'the method takes one message, not none'));
      return;
    }
    let message: Message;
    try {
      message = this.#wire.readRequest(this.#single);
    } catch (cause) {
      this.#refuse(unreadable(cause));
      return;
    }
    this.#run(message);
  }

  #run(payload: Payload): void {
    this.#isRunning = true;
    const { peer, options } = this.#session.served;
    const call = {
      method: this.#wire.method,
      payload,
      header: this.#header,
      cancellation: this.#cancellation,
      ...(peer !== undefined && { peer }),
    };
    options.handler(call, this);
  }

  onAnswer(answer: EngineAnswer): void {
    if (isStream<Message>(answer.payload)) {
      void this.#writer.all(answer, answer.payload).finally(() => this.#done());
      return;
    }
    this.#writer.single(answer, answer.payload);
    this.#done();
  }

  onFailure(error: unknown): void {
    this.#writer.fail(error);
    this.#done();
  }

  /** Ends a call that our handler never saw. */
  #refuse(error: PlatformError): void {
    if (this.#isOver) return;
    this.#session.served.options.onRefused(this.#wire.method, error);
    this.onFailure(error);
  }

  /** A handler that reads the requests is the one to be told. */
  #failRequests(error: PlatformError): void {
    if (this.#requests === undefined) this.#refuse(error);
    else this.#requests.fail(error);
  }

  #done(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#incoming?.close();
    this.#requests?.fail(new PlatformError(kernelReasons.CANCELED, 'the call is over'), true);
    this.#session.leave();
  }
}

function unreadable(cause: unknown): PlatformError {
  return new PlatformError(rpcReasons.REQUEST_MALFORMED, 'the request cannot be read', { cause });
}
