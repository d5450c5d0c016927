import type { Message } from '@bufbuild/protobuf';
import { type CancelListener, PlatformError } from '@mainstay/kernel';
import { rpcReasons } from '../../../errors.ts';
import { abortFailure } from '../../../wire/abort-failure.ts';
import { fromConnectError } from '../../../wire/from-connect-error.ts';
import { statusReason } from '../../../wire/standard-details.ts';
import { isStream } from '../../../wire/streams.ts';
import type { AnswerSink, EngineCall } from '../../engine.ts';
import { errorCode } from '../../faults/error-code.ts';
import { explainReset } from '../../faults/explain-reset.ts';
import type { StreamReset } from '../../faults/stream-reset.ts';
import { pack } from '../../grpc/compression.ts';
import type { IncomingFault } from '../../grpc/incoming-fault.ts';
import { MessageQueue } from '../../grpc/message-queue.ts';
import { type MethodWire, methodWire } from '../../grpc/method-wire.ts';
import { codeOfHttpStatus } from '../../grpc/status.ts';
import { readTrailerError } from '../../grpc/trailer-error.ts';
import { Metadata } from '../../metadata.ts';
import type { Frame } from '../frames/frame-reader.ts';
import type { DecodedBlock } from '../hpack/decoded-block.ts';
import type { Http2Connection } from '../http2/connection.ts';
import type { Http2Stream, StreamEvents } from '../http2/stream.ts';
import { type AnswerHead, readAnswerHead, readStatus } from './answer-head.ts';
import { CallBlock } from './blocks.ts';
import type { ClientSide, SideCall } from './client-side.ts';
import { Incoming } from './incoming.ts';
import { receivedMetadata, sentMetadata } from './metadata.ts';
import { Outgoing } from './outgoing.ts';
import { SingleAnswer } from './single-answer.ts';

/**
 * One call of a client.
 *
 * States: waiting (for a connection with room) → sent → answered (the head has come) → over. A stream of answers can
 * be read to its end after the call is over.
 */
export class ClientCall implements SideCall, StreamEvents, CancelListener {
  readonly #call: EngineCall;
  readonly #sink: AnswerSink;
  readonly #wire: MethodWire;
  readonly #address: string;
  readonly #maxMessageBytes: number;
  /** The one request, when there is only one. */
  readonly #request: Uint8Array | undefined;
  #side: ClientSide | undefined;
  #stream: Http2Stream | undefined;
  #outgoing: Outgoing | undefined;
  #incoming: Incoming | undefined;
  #head: DecodedBlock | undefined;
  #single: Message | undefined;
  #answers: MessageQueue | undefined;
  readonly #trailer: Metadata | undefined;
  #isOver = false;

  /** @throws {@link PlatformError} when the request cannot be sent by anybody: too large, or against its contract. */
  constructor(call: EngineCall, sink: AnswerSink, peer: { address: string; maxMessageBytes: number }) {
    this.#call = call;
    this.#sink = sink;
    this.#wire = methodWire(call.method);
    this.#address = peer.address;
    this.#maxMessageBytes = peer.maxMessageBytes;
    this.#request = isStream<Message>(call.payload) ? undefined : this.#write(call.payload);
    this.#trailer = this.#wire.hasAnswerStream ? new Metadata() : undefined;
    call.cancellation.listen(this);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Sends the call over a connection that has room. */
  start(side: ClientSide): void {
    const { connection } = side;
    this.#side = side;
    const stream = connection.open(this);
    this.#stream = stream;
    const fields = sentMetadata(this.#call.header);
    connection.sender.headers(stream, new CallBlock(side.headOf(this.#wire), fields), false);
    if (this.#request === undefined) {
      void this.#sendStream(this.#call.payload as AsyncIterable<Message>);
      return;
    }
    const packed = pack(this.#request, side.encoding);
    connection.sender.message(stream, packed.bytes, packed.flags | 2);
  }

  onHeaders(block: DecodedBlock, isEnd: boolean): void {
    if (this.#isOver) return;
    if (this.#head !== undefined) {
      this.#onTrailers(block);
      return;
    }
    this.#head = block;
    const meaning = readAnswerHead(block);
    if (isEnd && meaning.hasStatus) this.#onTrailers(block);
    else if (meaning.httpStatus !== '200') this.#failHttp(meaning);
    else if (!meaning.isGrpc || isEnd) this.#violated(isEnd ? 'no status' : `content-type ${meaning.contentType}`);
    else if (this.#wire.hasAnswerStream) this.#openAnswers(block);
  }

  onData({ buffer, from, to }: Frame, isEnd: boolean): void {
    const connection = this.#connection;
    if (this.#isOver) {
      connection.credit.consume(this.#stream!, to - from);
      return;
    }
    const length = to - from - 5;
    const isSimple = this.#incoming === undefined && this.#answers === undefined && this.#single === undefined;
    if (isSimple && length >= 0 && buffer[from] === 0 && buffer.readUInt32BE(from + 1) === length) {
      if (length <= this.#maxMessageBytes) this.onMessage(buffer.subarray(from + 5, to), to - from);
      else this.onFault({ kind: 'too_large', bytes: length });
    } else if (length > -5) {
      this.#reader().read(buffer, from, to);
    }
    if (isEnd && !this.#isOver) this.#violated('no status');
  }

  onWritable(): void {
    this.#outgoing?.wake();
  }

  onReset(reset: StreamReset): void {
    this.#incoming?.close();
    if (!this.#isOver) this.fail(explainReset(reset, this.#address));
  }

  onMessage(bytes: Uint8Array, wireBytes: number): void {
    const connection = this.#connection;
    const stream = this.#stream!;
    if (this.#isOver) {
      connection.credit.consume(stream, wireBytes);
      return;
    }
    try {
      const message = this.#wire.readAnswer(bytes);
      if (this.#answers !== undefined) {
        this.#answers.push(message, wireBytes);
        return;
      }
      connection.credit.consume(stream, wireBytes);
      if (this.#single === undefined) this.#single = message;
      else this.#violated('more than one answer');
    } catch (cause) {
      connection.credit.consume(stream, wireBytes);
      this.#violated('the answer cannot be read', cause);
    }
  }

  onFault(fault: IncomingFault): void {
    if (fault.kind === 'too_large' || fault.kind === 'unpacked_too_large') {
      const message = `the answer of ${this.#address} is larger than ${this.#maxMessageBytes} bytes`;
      this.#failAndReset(new PlatformError(rpcReasons.MESSAGE_TOO_LARGE, message, { executed: 'yes' }));
    } else {
      this.#violated('an answer cannot be unpacked');
    }
  }

  onCancel(reason: unknown): void {
    this.#failAndReset(abortFailure(reason, this.#stream === undefined ? 'no' : 'maybe'));
  }

  get #connection(): Http2Connection {
    return this.#side!.connection;
  }

  #reader(): Incoming {
    this.#incoming ??= new Incoming({
      connection: this.#connection,
      stream: this.#stream!,
      maxMessageBytes: this.#maxMessageBytes,
      gathering: this.#side!.gathering,
      encoding: readAnswerHead(this.#head!).isGzip ? 'gzip' : 'identity',
      sink: this,
    });
    return this.#incoming;
  }

  #openAnswers(head: DecodedBlock): void {
    const answers = new MessageQueue({
      onTaken: (bytes) => this.#connection.credit.consume(this.#stream!, bytes),
      onReturn: () => this.#cut(),
    });
    this.#answers = answers;
    this.#sink.onAnswer({ payload: answers, header: receivedMetadata(head.fields), trailer: this.#trailer! });
  }

  #onTrailers(block: DecodedBlock): void {
    const isOk = (block.meaning ??= readStatus(block)) === 'ok';
    if (!isOk) {
      const error = readTrailerError(receivedMetadata(block.fields).toHeaders());
      if (error !== undefined) this.fail(fromConnectError(error));
      else if (block.meaning === 'none') this.#violated('no status');
    }
    if (this.#isOver) return;
    if (this.#incoming !== undefined && !this.#incoming.isBetweenMessages) {
      this.#violated('the answer ends in the middle of a message');
      return;
    }
    if (this.#wire.hasAnswerStream) this.#endStream(block);
    else if (this.#single === undefined) this.#violated('no answer');
    else this.#complete(this.#single, block);
  }

  #complete(payload: Message, trailers: DecodedBlock): void {
    this.#over();
    this.#sink.onAnswer(new SingleAnswer(payload, this.#head!, trailers));
  }

  #endStream(trailers: DecodedBlock): void {
    // A stream without messages may have a head only, which is its trailers.
    if (this.#answers === undefined) this.#openAnswers(trailers);
    const fields = receivedMetadata(trailers.fields).flat();
    for (let i = 0; i < fields.length; i += 2) this.#trailer!.append(fields[i]!, fields[i + 1]!);
    this.#over();
    this.#answers!.end();
  }

  async #sendStream(messages: AsyncIterable<Message>): Promise<void> {
    const connection = this.#connection;
    const stream = this.#stream!;
    const iterator = messages[Symbol.asyncIterator]();
    this.#outgoing = new Outgoing(connection, stream);
    try {
      while (!stream.isClosed) {
        const result = await iterator.next();
        if (stream.isClosed) break;
        if (result.done === true) {
          connection.sender.end(stream);
          return;
        }
        const packed = pack(this.#write(result.value), this.#side!.encoding);
        const pause = this.#outgoing.send(packed.bytes, packed.flags);
        if (pause !== undefined) await pause;
      }
      await iterator.return?.();
    } catch (error) {
      this.#failAndReset(fromConnectError(error));
    }
  }

  #write(message: Message): Uint8Array {
    let bytes: Uint8Array;
    try {
      bytes = this.#wire.writeRequest(message);
    } catch (cause) {
      throw new PlatformError(rpcReasons.REQUEST_MALFORMED, 'the request does not fit its contract', { cause });
    }
    if (bytes.length <= this.#maxMessageBytes) return bytes;
    const sizes = `the request to ${this.#address} has ${bytes.length} bytes, the limit is ${this.#maxMessageBytes}`;
    throw new PlatformError(rpcReasons.MESSAGE_TOO_LARGE, sizes, { executed: 'no' });
  }

  #failHttp({ httpStatus }: AnswerHead): void {
    const code = codeOfHttpStatus(Number(httpStatus));
    this.#failAndReset(
      new PlatformError(statusReason(code), `${this.#address} answered with HTTP status ${httpStatus}`),
    );
  }

  #violated(what: string, cause?: unknown): void {
    const message = `${this.#address} broke the protocol: ${what}`;
    this.#failAndReset(new PlatformError(rpcReasons.PROTOCOL_VIOLATED, message, { cause }));
  }

  #failAndReset(error: PlatformError): void {
    if (this.#isOver) return;
    this.fail(error);
    this.#cut();
  }

  /** Ends a call without a word to the peer, for example one that was never sent. */
  fail(error: PlatformError): void {
    if (this.#isOver) return;
    this.#over();
    if (this.#answers === undefined) this.#sink.onFailure(error);
    else this.#answers.fail(error);
  }

  /** Ends the stream on the wire; nobody waits for the rest. */
  #cut(): void {
    if (this.#stream !== undefined) this.#connection.reset(this.#stream, errorCode.cancel);
    this.#over();
  }

  #over(): void {
    this.#isOver = true;
    this.#call.cancellation.unlisten(this);
    this.#incoming?.close();
    this.#outgoing?.wake();
  }
}
