import type { Message } from '@bufbuild/protobuf';
import { Cancellation, isPlatformError, kernelReasons, PlatformError } from '@mainstay/kernel';
import { rpcReasons } from '../../../errors.ts';
import { extrasOf } from '../../../wire/error-extras.ts';
import { fromConnectError } from '../../../wire/from-connect-error.ts';
import { isStream } from '../../../wire/streams.ts';
import type { AnswerSink, EngineAnswer, Payload } from '../../engine.ts';
import { errorCode } from '../../faults/error-code.ts';
import type { StreamReset } from '../../faults/stream-reset.ts';
import { pack } from '../../grpc/compression.ts';
import type { IncomingFault } from '../../grpc/incoming-fault.ts';
import { MessageQueue } from '../../grpc/message-queue.ts';
import type { MethodWire } from '../../grpc/method-wire.ts';
import { type Packing, readPacking, refusalOf, unpacked } from '../../grpc/refusal.ts';
import { errorStatus } from '../../grpc/status.ts';
import type { Metadata } from '../../metadata.ts';
import type { Frame } from '../frames/frame-reader.ts';
import type { DecodedBlock } from '../hpack/decoded-block.ts';
import type { Http2Stream, StreamEvents } from '../http2/stream.ts';
import { CallBlock, FixedBlock } from './blocks.ts';
import { Incoming } from './incoming.ts';
import { alongError, receivedMetadata, withMetadata } from './metadata.ts';
import { Outgoing } from './outgoing.ts';
import type { ServerSide } from './server-side.ts';

/**
 * One call on a server.
 *
 * States: reading (the request of a single message is not complete) → running (the handler works) → answering (its
 * stream is being sent) → over. The stream counts against the limits until the handler is done, even when the caller
 * has gone.
 */
export class ServerCall implements StreamEvents, AnswerSink {
  readonly #side: ServerSide;
  readonly #stream: Http2Stream;
  readonly #wire: MethodWire;
  readonly #header: Metadata;
  #packing: Packing = unpacked;
  readonly #cancellation = new Cancellation();
  #incoming: Incoming | undefined;
  #single: Uint8Array | undefined;
  #requests: MessageQueue | undefined;
  #outgoing: Outgoing | undefined;
  #hasSentHead = false;
  #isOver = false;
  #isRunning = false;

  constructor(side: ServerSide, stream: Http2Stream, request: { wire: MethodWire; block: DecodedBlock }) {
    this.#side = side;
    this.#stream = stream;
    this.#wire = request.wire;
    this.#header = receivedMetadata(request.block.fields);
  }

  /** Looks at the head and goes as far as it allows. */
  begin(): void {
    const packing = readPacking(this.#header);
    if (isPlatformError(packing)) {
      this.#refuse(packing);
      return;
    }
    this.#packing = packing;
    if (this.#wire.hasRequestStream) {
      this.#requests = new MessageQueue({
        onTaken: (bytes) => this.#side.connection.credit.consume(this.#stream, bytes),
        onReturn: () => undefined,
      });
      if (this.#stream.hasEndedRemotely) this.#requests.end();
      this.#run(this.#requests);
    } else if (this.#stream.hasEndedRemotely) {
      this.#runSingle();
    }
  }

  /** Trailers of a request mean nothing in gRPC but its end. */
  onHeaders(): void {
    this.#onEnd();
  }

  onData({ buffer, from, to }: Frame, isEnd: boolean): void {
    if (this.#isOver) {
      this.#side.connection.credit.consume(this.#stream, to - from);
      return;
    }
    if (to > from) this.#read(buffer, from, to);
    if (isEnd && !this.#isOver) this.#onEnd();
  }

  onWritable(): void {
    this.#outgoing?.wake();
    if (this.#isOver) this.#closeStream();
  }

  onReset({ message }: StreamReset): void {
    this.#incoming?.close();
    if (this.#isOver) return;
    this.#isOver = true;
    const reason = new PlatformError(kernelReasons.CANCELED, `the caller is gone: ${message}`);
    this.#requests?.fail(reason, true);
    this.#outgoing?.wake();
    this.#cancellation.cancel(reason);
    if (!this.#isRunning) this.#side.connection.release(this.#stream);
  }

  onMessage(bytes: Uint8Array, wireBytes: number): void {
    const { connection } = this.#side;
    if (this.#requests === undefined) {
      connection.credit.consume(this.#stream, wireBytes);
      if (this.#single === undefined) this.#single = bytes;
      else this.#refuse(new PlatformError(rpcReasons.REQUEST_UNSUPPORTED, 'the method takes one message, not several'));
      return;
    }
    try {
      this.#requests.push(this.#wire.readRequest(bytes), wireBytes);
    } catch (cause) {
      connection.credit.consume(this.#stream, wireBytes);
      this.#failRequests(new PlatformError(rpcReasons.REQUEST_MALFORMED, 'the request cannot be read', { cause }));
    }
  }

  onFault(fault: IncomingFault): void {
    const error = refusalOf(fault, this.#side.options.maxMessageBytes);
    if (this.#requests === undefined) this.#refuse(error);
    else this.#failRequests(error);
  }

  #read(buffer: Buffer, from: number, to: number): void {
    // Nearly always the whole request lies in one frame.
    if (this.#incoming === undefined && this.#requests === undefined && this.#single === undefined) {
      const bytes = to - from - 5;
      if (bytes >= 0 && buffer[from] === 0 && buffer.readUInt32BE(from + 1) === bytes) {
        if (bytes <= this.#side.options.maxMessageBytes) {
          this.onMessage(buffer.subarray(from + 5, to), to - from);
          return;
        }
      }
    }
    this.#incoming ??= new Incoming({
      connection: this.#side.connection,
      stream: this.#stream,
      maxMessageBytes: this.#side.options.maxMessageBytes,
      gathering: this.#side.gathering,
      encoding: this.#packing.requests,
      sink: this,
    });
    this.#incoming.read(buffer, from, to);
  }

  #onEnd(): void {
    if (this.#isOver) return;
    const isComplete = this.#incoming?.isBetweenMessages ?? true;
    if (!isComplete) {
      const error = new PlatformError(rpcReasons.REQUEST_MALFORMED, 'the request ends in the middle of a message');
      if (this.#requests === undefined) this.#refuse(error);
      else this.#failRequests(error);
    } else if (this.#requests === undefined) {
      this.#runSingle();
    } else {
      this.#requests.end();
    }
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
      this.#refuse(new PlatformError(rpcReasons.REQUEST_MALFORMED, 'the request cannot be read', { cause }));
      return;
    }
    this.#run(message);
  }

  #run(payload: Payload): void {
    this.#isRunning = true;
    const { method } = this.#wire;
    const { peer } = this.#side;
    const call = { method, payload, header: this.#header, cancellation: this.#cancellation, peer };
    this.#side.options.handler(call, this);
  }

  onAnswer(answer: EngineAnswer): void {
    if (isStream<Message>(answer.payload)) {
      void this.#answerStream(answer, answer.payload);
      return;
    }
    if (this.#isOver) {
      this.#done();
      return;
    }
    const packed = this.#write(answer.payload);
    if (packed === undefined) return;
    this.#sendHead(answer.header);
    this.#side.connection.sender.message(this.#stream, packed.bytes, packed.flags);
    this.#end(answer.trailer);
  }

  /** The head leaves with the first message, because handlers may set headers until then. */
  async #answerStream(answer: EngineAnswer, messages: AsyncIterable<Message>): Promise<void> {
    const iterator = messages[Symbol.asyncIterator]();
    this.#outgoing = new Outgoing(this.#side.connection, this.#stream);
    try {
      while (!this.#isOver) {
        const result = await iterator.next();
        if (this.#isOver) break;
        if (!this.#hasSentHead) this.#sendHead(answer.header);
        if (result.done === true) {
          this.#end(answer.trailer);
          return;
        }
        const packed = this.#write(result.value);
        if (packed === undefined) break;
        const pause = this.#outgoing.send(packed.bytes, packed.flags);
        if (pause !== undefined) await pause;
      }
      await iterator.return?.();
      this.#done();
    } catch (error) {
      this.onFailure(error);
    }
  }

  /** The bytes of an answer; undefined when it cannot be written, which ends the call. */
  #write(message: Message): { bytes: Uint8Array; flags: number } | undefined {
    const { maxMessageBytes } = this.#side.options;
    let failure: PlatformError;
    try {
      const bytes = this.#wire.writeAnswer(message);
      if (bytes.length <= maxMessageBytes) return pack(bytes, this.#packing.answers);
      const sizes = `the answer has ${bytes.length} bytes, the limit is ${maxMessageBytes}`;
      failure = new PlatformError(rpcReasons.MESSAGE_TOO_LARGE, sizes, { executed: 'yes' });
    } catch (cause) {
      const message = 'the answer of the handler cannot be written';
      failure = new PlatformError(rpcReasons.ANSWER_UNWRITABLE, message, { executed: 'yes', cause });
    }
    this.#side.options.onRefused(this.#wire.method, failure);
    this.onFailure(failure);
    return undefined;
  }

  #sendHead(header: Metadata | undefined): void {
    const { connection, head, gzipHead } = this.#side;
    const fixed = this.#packing.answers === 'gzip' ? gzipHead : head;
    connection.sender.headers(this.#stream, withMetadata(fixed, header), false);
    this.#hasSentHead = true;
  }

  #end(trailer: Metadata | undefined): void {
    this.#side.connection.sender.end(this.#stream, withMetadata(this.#side.okTrailers, trailer));
    this.#done();
  }

  onFailure(error: unknown): void {
    if (!this.#isOver) {
      const failure = isPlatformError(error) ? error : fromConnectError(error);
      const { connection } = this.#side;
      const headers = alongError(extrasOf(failure).header);
      const status = errorStatus(failure, Math.min(connection.peer.maxHeaderListBytes - 256, 16_384), headers);
      if (this.#hasSentHead) connection.sender.end(this.#stream, new CallBlock(nothing, status.flat()));
      else connection.sender.headers(this.#stream, new CallBlock(this.#side.head, status.flat()), true);
    }
    this.#done();
  }

  /** Ends a call that our handler never saw. */
  #refuse(error: PlatformError): void {
    if (this.#isOver) return;
    this.#side.options.onRefused(this.#wire.method, error);
    this.onFailure(error);
  }

  /** The handler reads the requests, so it is the one to be told. */
  #failRequests(error: PlatformError): void {
    this.#requests?.fail(error);
  }

  #done(): void {
    this.#isOver = true;
    this.#incoming?.close();
    this.#requests?.fail(new PlatformError(kernelReasons.CANCELED, 'the call is over'), true);
    this.#side.connection.release(this.#stream);
    this.#closeStream();
  }

  /** An answer that is complete before its request asks the caller to stop sending (RFC 9113 section 8.1). */
  #closeStream(): void {
    if (!this.#stream.isClosed && this.#stream.hasEndedLocally) {
      this.#side.connection.reset(this.#stream, errorCode.noError);
    }
  }
}

const nothing = new FixedBlock([]);
