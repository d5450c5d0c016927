import { constants, type OutgoingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Message } from '@bufbuild/protobuf';
import { isPlatformError, PlatformError } from '@mainstay/kernel';
import { rpcReasons } from '../../errors.ts';
import { extrasOf } from '../../wire/error-extras.ts';
import { fromConnectError } from '../../wire/from-connect-error.ts';
import type { EngineAnswer } from '../engine.ts';
import { type Encoding, type Packed, pack } from '../grpc/compression.ts';
import type { MethodWire } from '../grpc/method-wire.ts';
import { errorStatus, okStatus } from '../grpc/status.ts';
import { Metadata } from '../metadata.ts';
import { answerHeads, headFields, headOnly, type SentField, sentFields, trailerFields } from './fields.ts';
import { Outgoing } from './outgoing.ts';
import { prefixMessage } from './prefix-message.ts';
import type { ServerSession } from './server-session.ts';

/** Room that a peer's limit of headers must leave for what HTTP adds, and what we send at most, in bytes. */
const headRoomBytes = 256;
const maxStatusBytes = 16_384;

const beforeTrailers = { waitForTrailers: true, sendDate: false } as const;
const ok = trailerFields(okStatus, undefined);

/** What an answer is written for. */
export interface WrittenCall {
  readonly wire: MethodWire;
  /** How messages are packed. */
  readonly encoding: Encoding;
}

/**
 * Writes the answer of one call: head, messages, trailers; or only trailers, when it failed before its first message.
 *
 * What is written to a stream that is closed goes nowhere.
 */
export class AnswerWriter {
  readonly #session: ServerSession;
  readonly #stream: ServerHttp2Stream;
  readonly #call: WrittenCall;
  #outgoing: Outgoing | undefined;
  #trailers: OutgoingHttpHeaders = ok;

  constructor(session: ServerSession, stream: ServerHttp2Stream, call: WrittenCall) {
    this.#session = session;
    this.#stream = stream;
    this.#call = call;
  }

  /** Writes an answer of one message; a message that cannot be written fails the call. */
  single({ header, trailer }: EngineAnswer, message: Message): void {
    const stream = this.#stream;
    let packed: Packed;
    try {
      packed = this.#pack(message);
    } catch (error) {
      this.fail(error);
      return;
    }
    if (!stream.writable) return;
    this.#sendHead(header);
    if (trailer !== undefined) this.#trailers = trailerFields(okStatus, trailer);
    stream.end(prefixMessage(packed.bytes, packed.flags));
  }

  /** The head leaves with the first message, because handlers may set headers until then. */
  async all(answer: EngineAnswer, messages: AsyncIterable<Message>): Promise<void> {
    const stream = this.#stream;
    const outgoing = new Outgoing(stream);
    this.#outgoing = outgoing;
    try {
      await outgoing.sendAll(messages, (message) => {
        const packed = this.#pack(message);
        if (!stream.headersSent) this.#sendHead(answer.header);
        return packed;
      });
      if (!stream.writable) return;
      if (!stream.headersSent) this.#sendHead(answer.header);
      if (answer.trailer !== undefined) this.#trailers = trailerFields(okStatus, answer.trailer);
      outgoing.end();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Ends the answer with the status of an error. */
  fail(error: unknown): void {
    const stream = this.#stream;
    if (!stream.writable) return;
    const failure = isPlatformError(error) ? error : fromConnectError(error);
    const status = errorFields(failure, this.#session.maxSentHeaderBytes);
    if (stream.headersSent) {
      this.#trailers = trailerFields(status, undefined);
      if (this.#outgoing === undefined) stream.end();
      else this.#outgoing.end();
    } else {
      stream.respond([...answerHeads.identity, ...status.flat()], headOnly);
      this.#stopRequest();
    }
  }

  /** The stream is closed: whoever waits for it goes on. */
  wake(): void {
    this.#outgoing?.wake();
  }

  #sendHead(header: Metadata | undefined): void {
    this.#stream.respond(headFields(answerHeads[this.#call.encoding], header), beforeTrailers);
    this.#stream.on('wantTrailers', () => this.#sendTrailers());
  }

  #sendTrailers(): void {
    this.#stream.sendTrailers(this.#trailers);
    // After the trailers, which leave in the check phase.
    if (!this.#stream.readableEnded) setImmediate(() => this.#stopRequest());
  }

  /** An answer that is complete before its request asks the caller to stop sending (RFC 9113 section 8.1). */
  #stopRequest(): void {
    if (!this.#stream.readableEnded) this.#stream.close(constants.NGHTTP2_NO_ERROR);
  }

  /** @throws {@link PlatformError} when a message is too large or is none; the server is told. */
  #pack(message: Message): Packed {
    const { options } = this.#session.served;
    const { wire, encoding } = this.#call;
    let failure: PlatformError;
    try {
      const bytes = wire.writeAnswer(message);
      if (bytes.length <= options.maxMessageBytes) return pack(bytes, encoding);
      const sizes = `the answer has ${bytes.length} bytes, the limit is ${options.maxMessageBytes}`;
      failure = new PlatformError(rpcReasons.MESSAGE_TOO_LARGE, sizes, { executed: 'yes' });
    } catch (cause) {
      const what = 'the answer of the handler cannot be written';
      failure = new PlatformError(rpcReasons.ANSWER_UNWRITABLE, what, { executed: 'yes', cause });
    }
    options.onRefused(wire.method, failure);
    throw failure;
  }
}

function errorFields(error: PlatformError, peerBytes: number): SentField[] {
  const { header } = extrasOf(error);
  const fields = header === undefined ? [] : sentFields(Metadata.of(header));
  return errorStatus(error, Math.min(peerBytes - headRoomBytes, maxStatusBytes), fields);
}
