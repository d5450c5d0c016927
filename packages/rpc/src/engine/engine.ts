import type { DescMethod, Message } from '@bufbuild/protobuf';
import type { Cancellation, Clock, Logger, Meter, PlatformError } from '@mainstay/kernel';
import type { Identity } from '@mainstay/kernel/context';
import type { Metadata } from './metadata.ts';
import type { ClientTls, PeerIdentity, ServerTls } from './tls.ts';

/** One message, or a stream of them, as the kind of the method says. */
export type Payload = Message | AsyncIterable<Message>;

/** A call as it leaves a client or reaches a server, whatever carries it. */
export interface EngineCall {
  readonly method: DescMethod;
  /** One message for unary and server-streaming methods, a stream for the others. */
  readonly payload: Payload;
  readonly header: Metadata;
  /** Comes when nobody waits for the answer any more; the reason tells why. */
  readonly cancellation: Cancellation;
  /** What the caller says without headers, because the call never left the process. */
  readonly local?: LocalCall | undefined;
  /** On servers that ask for certificates: who the caller's process proved to be, read once for each connection. */
  readonly peer?: PeerIdentity | undefined;
}

/** What needs neither proof nor writing out inside of one process. */
export interface LocalCall {
  readonly caller: Identity;
  /** When its deadline passes, capped by the contract, in `monotonicMs` of the clock that both sides share; `Infinity` without one. */
  readonly dueAtMs: number;
  /** When the call began, by the same clock. */
  readonly startedAtMs: number;
}

/** An answer: one message for unary and client-streaming methods, a stream for the others. */
export interface EngineAnswer {
  readonly payload: Payload;
  /** Undefined when there is none to send. To be read of a stream with its first message, because it may be filled until then. */
  readonly header: Metadata | undefined;
  /** The same; to be read of a stream at its end. */
  readonly trailer: Metadata | undefined;
}

/** Told how a call ended: one of both, once, perhaps before whoever began the call goes on; neither throws. */
export interface AnswerSink {
  onAnswer(answer: EngineAnswer): void;
  onFailure(error: unknown): void;
}

/** Answers calls; fails, and lets streams fail, with PlatformErrors that are ready to be shown to the caller. Never throws. */
export type EngineHandler = (call: EngineCall, sink: AnswerSink) => void;

/** What a server engine is told. */
export interface ServerEngineOptions {
  readonly host: string;
  readonly port: number;
  /** Methods to answer; calls of all others are refused with `METHOD_UNKNOWN`. */
  readonly methods: readonly DescMethod[];
  readonly handler: EngineHandler;
  /** Largest request and response message. */
  readonly maxMessageBytes: number;
  /** Told of calls that the engine refused on its own, for example for their size. */
  onRefused(method: DescMethod, error: PlatformError): void;
  /** Default none. */
  readonly logger?: Logger;
  /** Default none. */
  readonly meter?: Meter;
  /** For limits of time of connections, default the machine's. */
  readonly clock?: Clock;
  /** Default none: clear text. */
  readonly tls?: ServerTls;
}

/** A listening server. */
export interface EngineServer {
  /** `host:port` as bound. */
  readonly address: string;
  /** Stops listening and tells peers to go elsewhere (GOAWAY); running calls go on. */
  stopAccepting(): void;
  /** Waits `graceMs` for the last bytes to leave, cuts what is left, and resolves when every connection is closed. */
  close(graceMs: number): Promise<void>;
}

/** Makes gRPC servers. */
export interface ServerEngine {
  /** @throws {@link PlatformError} `failed_precondition` / `LISTEN_FAILED` when the address cannot be had. */
  listen(options: ServerEngineOptions): Promise<EngineServer>;
}

/**
 * A client's connection to one address, opened when first needed and again after it broke.
 *
 * Every failure, also inside a stream, is a PlatformError; its `executed` is `no` when the call certainly was not
 * sent. The call's cancellation fails it at once.
 */
export interface ClientConnection {
  /** True when calls stay in the process, so that identities need no proof. */
  readonly isLocal: boolean;
  /** Whether a further call would wait until another one is over. */
  readonly isFull: boolean;
  /** Never throws. */
  call(call: EngineCall, sink: AnswerSink): void;
  /** Opens nothing new, lets running calls finish, then closes. */
  close(): void;
}

/** What a client engine is told. */
export interface ClientEngineOptions {
  /** `host:port`. */
  readonly address: string;
  readonly maxMessageBytes: number;
  /** How long opening a connection may take, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Default none. */
  readonly logger?: Logger;
  /** Default none. */
  readonly meter?: Meter;
  /** For limits of time of connections, default the machine's. */
  readonly clock?: Clock;
  /** Compresses requests and asks for compressed answers; default neither. */
  readonly compression?: 'gzip';
  /** Default none: clear text. */
  readonly tls?: ClientTls;
}

/** Makes gRPC connections. */
export interface ClientEngine {
  connect(options: ClientEngineOptions): ClientConnection;
}
