import { type ClientHttp2Stream, constants, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from 'node:http2';
import type { Message } from '@bufbuild/protobuf';
import { findTrailerError } from '@connectrpc/connect/protocol-grpc';
import { type CancelListener, PlatformError } from '@mainstay/kernel';
import { rpcReasons } from '../../errors.ts';
import { abortFailure } from '../../wire/abort-failure.ts';
import { fromConnectError } from '../../wire/from-connect-error.ts';
import { isStream } from '../../wire/streams.ts';
import type { AnswerSink, EngineCall } from '../engine.ts';
import { explainReset } from '../faults/explain-reset.ts';
import { answerFailure, httpFailure, protocolBroken } from '../grpc/answer-failure.ts';
import { pack } from '../grpc/compression.ts';
import type { IncomingFault } from '../grpc/incoming-fault.ts';
import { MessageQueue } from '../grpc/message-queue.ts';
import { type MethodWire, methodWire } from '../grpc/method-wire.ts';
import { Metadata } from '../metadata.ts';
import type { ClientSession, SessionCall } from './client-session.ts';
import { headFields, isGrpcAnswer, receivedFields } from './fields.ts';
import { Incoming } from './incoming.ts';
import { Outgoing } from './outgoing.ts';
import { isOneMessage, messageIn, prefixMessage } from './prefix-message.ts';

/** Where calls go, and how large their messages may be. */
export interface CallTarget {
  readonly address: string;
  readonly maxMessageBytes: number;
}

type Head = IncomingHttpHeaders & IncomingHttpStatusHeader;

/**
 * One call of a client.
 *
 * States: waiting (for a session with room) → sent → answered (the head has come) → over; once from sent back to waiting,
 * when the call came too late for a peer that is going away. A stream of answers can be read to its end after the call is
 * over.
 */
export class ClientCall implements SessionCall, CancelListener {
  readonly #call: EngineCall;
  readonly #sink: AnswerSink;
  readonly #wire: MethodWire;
  readonly #target: CallTarget;
  /** The one request, when there is only one. */
  readonly #request: Uint8Array | undefined;
  #session: ClientSession | undefined;
  #stream: ClientHttp2Stream | undefined;
  #outgoing: Outgoing | undefined;
  #incoming: Incoming | undefined;
  #header: Metadata | undefined;
  #isGzip = false;
  #single: Message | undefined;
  #answers: MessageQueue | undefined;
  #trailer: Metadata | undefined;
  /** What the reader of a stream of answers sees at its end. */
  #streamTrailer: Metadata | undefined;
  #wasGivenBack = false;
  #isOver = false;

  /** @throws {@link PlatformError} when the request cannot be sent by anybody: too large, or against its contract. */
  constructor(call: EngineCall, sink: AnswerSink, target: CallTarget) {
    this.#call = call;
    this.#sink = sink;
    this.#wire = methodWire(call.method);
    this.#target = target;
    this.#request = isStream<Message>(call.payload) ? undefined : this.#write(call.payload);
    call.cancellation.listen(this);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Sends the call over a session that has room. */
  start(session: ClientSession): void {
    this.#session = session;
    const stream = session.open(headFields(session.headOf(this.#wire), this.#call.header));
    this.#stream = stream;
    stream.on('response', (head, _flags, fields) => this.#onHead(head, fields));
    stream.on('data', (chunk: Buffer) => this.#onData(chunk));
    stream.on('trailers', (_head: IncomingHttpHeaders, _flags: number, fields: string[]) => this.#onTrailers(fields));
    stream.on('end', () => this.#onEnd());
    stream.on('error', ignore);
    stream.on('close', () => this.#onClose());
    if (this.#request === undefined) {
      void this.#sendStream(this.#call.payload as AsyncIterable<Message>);
      return;
    }
    const packed = pack(this.#request, session.encoding);
    stream.end(prefixMessage(packed.bytes, packed.flags));
  }

  onMessage(bytes: Uint8Array, heldBytes: number): void {
    if (this.#isOver) return;
    let message: Message;
    try {
      message = this.#wire.readAnswer(bytes);
    } catch (cause) {
      this.#violated('the answer cannot be read', cause);
      return;
    }
    if (this.#answers !== undefined) this.#answers.push(message, heldBytes);
    else if (this.#single !== undefined) this.#violated('more than one answer');
    else this.#single = message;
  }

  onFault(fault: IncomingFault): void {
    this.#failAndReset(answerFailure(fault, this.#target));
  }

  onCancel(reason: unknown): void {
    this.#failAndReset(abortFailure(reason, this.#stream === undefined ? 'no' : 'maybe'));
  }

  /** Ends a call without a word to the peer, for example one that was never sent. */
  fail(error: PlatformError): void {
    if (this.#isOver) return;
    this.#over();
    if (this.#answers === undefined) this.#sink.onFailure(error);
    else this.#answers.fail(error);
  }

  #onHead(head: Head, fields: string[]): void {
    this.#session!.readCount += 1;
    if (this.#isOver) return;
    const status = head[':status'];
    if (head['grpc-status'] !== undefined) {
      // Head and trailers in one.
      this.#trailer = receivedFields(fields);
      this.#finish();
    } else if (status !== 200) {
      this.#failAndReset(httpFailure(this.#target.address, String(status)));
    } else if (!isGrpcAnswer(head)) {
      this.#violated(`content-type ${String(head['content-type']).slice(0, 100)}`);
    } else {
      this.#header = receivedFields(fields);
      this.#isGzip = head['grpc-encoding'] === 'gzip';
      if (this.#wire.hasAnswerStream) this.#openAnswers();
    }
  }

  #onData(chunk: Buffer): void {
    this.#session!.readCount += 1;
    if (this.#isOver) return;
    const isSimple = this.#incoming === undefined && this.#answers === undefined && this.#single === undefined;
    if (isSimple && isOneMessage(chunk) && chunk.length <= this.#target.maxMessageBytes) {
      this.onMessage(messageIn(chunk), 0);
      return;
    }
    this.#incoming ??= new Incoming({
      stream: this.#stream!,
      maxMessageBytes: this.#target.maxMessageBytes,
      gathering: this.#session!.gathering,
      encoding: this.#isGzip ? 'gzip' : 'identity',
      sink: this,
    });
    this.#incoming.read(chunk);
  }

  /** They may come before the last messages of a stream whose reading was stopped, so a stream waits for its end. */
  #onTrailers(fields: string[]): void {
    this.#session!.readCount += 1;
    this.#trailer = receivedFields(fields);
    if (!this.#isOver && this.#answers === undefined) this.#finish();
  }

  #onEnd(): void {
    if (this.#isOver) return;
    if (this.#trailer !== undefined) this.#finish();
    else if (!this.#stream!.closed) this.#violated('no status');
  }

  #onClose(): void {
    const session = this.#session!;
    const stream = this.#stream!;
    this.#outgoing?.wake();
    if (!this.#isOver && !this.#wasGivenBack && this.#request !== undefined && session.isTooLate(stream)) {
      this.#wasGivenBack = true;
      this.#stream = undefined;
      session.giveBack(this);
    } else if (!this.#isOver) {
      this.fail(this.#explainEnd());
    }
    session.onStreamClosed(stream);
  }

  #openAnswers(): void {
    const answers = new MessageQueue({
      onTaken: (bytes) => this.#incoming?.release(bytes),
      onReturn: () => this.#cut(),
    });
    this.#answers = answers;
    this.#streamTrailer = new Metadata();
    this.#sink.onAnswer({ payload: answers, header: this.#header, trailer: this.#streamTrailer });
  }

  /** All that the peer had to say has come. */
  #finish(): void {
    const trailer = this.#trailer!;
    const status = trailer.get('grpc-status');
    const error = status === '0' ? undefined : findTrailerError(trailer.toHeaders());
    if (error !== undefined) this.fail(fromConnectError(error));
    else if (status !== '0') this.#violated('no status');
    else if (this.#incoming?.isBetweenMessages === false) this.#violated('the answer ends in the middle of a message');
    else if (this.#wire.hasAnswerStream) this.#finishStream(trailer);
    else if (this.#single === undefined) this.#violated('no answer');
    else {
      this.#over();
      this.#sink.onAnswer({ payload: this.#single, header: this.#header, trailer });
    }
    // Nobody reads the rest of the request.
    if (!this.#stream!.writableEnded) this.#stream!.close(constants.NGHTTP2_NO_ERROR);
  }

  #finishStream(trailer: Metadata): void {
    // A stream without messages may have a head only, which is its trailers.
    if (this.#answers === undefined) {
      this.#header = trailer;
      this.#openAnswers();
    }
    const fields = trailer.flat();
    for (let i = 0; i < fields.length; i += 2) this.#streamTrailer!.append(fields[i]!, fields[i + 1]!);
    this.#over();
    this.#answers!.end();
  }

  async #sendStream(messages: AsyncIterable<Message>): Promise<void> {
    const outgoing = new Outgoing(this.#stream!);
    this.#outgoing = outgoing;
    try {
      await outgoing.sendAll(messages, (message) => pack(this.#write(message), this.#session!.encoding));
      outgoing.end();
    } catch (error) {
      this.#failAndReset(fromConnectError(error));
    }
  }

  #write(message: Message): Uint8Array {
    const { maxMessageBytes, address } = this.#target;
    let bytes: Uint8Array;
    try {
      bytes = this.#wire.writeRequest(message);
    } catch (cause) {
      throw new PlatformError(rpcReasons.REQUEST_MALFORMED, 'the request does not fit its contract', { cause });
    }
    if (bytes.length <= maxMessageBytes) return bytes;
    const sizes = `the request to ${address} has ${bytes.length} bytes, the limit is ${maxMessageBytes}`;
    throw new PlatformError(rpcReasons.MESSAGE_TOO_LARGE, sizes, { executed: 'no' });
  }

  /** Why the stream is closed without an answer. */
  #explainEnd(): PlatformError {
    const session = this.#session!;
    const stream = this.#stream!;
    const { address } = this.#target;
    const isUnprocessed = session.isUnprocessed(stream);
    if (!isUnprocessed && !session.isGone && stream.rstCode === constants.NGHTTP2_NO_ERROR) {
      return protocolBroken(address, 'no status');
    }
    const origin = session.isGone ? 'connection' : 'peer';
    const message = session.isGone ? 'it was closed' : 'the call was reset';
    return explainReset({ code: stream.rstCode ?? 0, origin, isUnprocessed, message }, address);
  }

  #violated(what: string, cause?: unknown): void {
    this.#failAndReset(protocolBroken(this.#target.address, what, cause));
  }

  #failAndReset(error: PlatformError): void {
    if (this.#isOver) return;
    this.fail(error);
    this.#cut();
  }

  /** Ends the stream on the wire; nobody waits for the rest. */
  #cut(): void {
    this.#stream?.close(constants.NGHTTP2_CANCEL);
    this.#over();
  }

  #over(): void {
    this.#isOver = true;
    this.#call.cancellation.unlisten(this);
    this.#incoming?.close();
    this.#outgoing?.wake();
  }
}

const ignore = (): void => undefined;
