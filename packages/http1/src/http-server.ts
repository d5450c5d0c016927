import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '@mainstay/kernel';

/** Headers of a request by name in lower case; those that came several times are joined with `, `, cookies with `; `. */
export type HttpHeaders = Readonly<Record<string, string | undefined>>;

/** A request whose head has been read, and whose body may still be on its way. */
export interface HttpRequest {
  readonly method: string;
  /** The request target as it was sent. */
  readonly target: string;
  readonly version: '1.0' | '1.1';
  readonly headers: HttpHeaders;
  /** Address of the peer of the connection. */
  readonly remoteAddress: string;
  /** Bytes of the body that were announced: 0 without one, undefined when its end only shows. */
  readonly bodyLength: number | undefined;
  /** Whether the whole body has arrived. */
  readonly isComplete: boolean;
  /** Whether the client asks for a WebSocket, so that `takeOver` is possible. */
  readonly isWebSocket: boolean;
  /**
   * Reads the body to its end; to be called once, and not beside `bodyParts`.
   *
   * @throws {@link PlatformError} `BODY_TOO_LARGE` as soon as it is known to pass the limit, `BODY_BROKEN_OFF` when the client goes away before the end.
   */
  readBody(limitBytes: number): Promise<Uint8Array>;
  /** The body as it arrives; the client is read as fast as parts are taken. */
  bodyParts(): AsyncIterable<Uint8Array>;
}

/** Status and headers of an answer: names in lower case and values in turn, each name once. */
export interface AnswerHead {
  readonly status: number;
  readonly fields: readonly string[];
}

/** Hears of the end of an answer. */
export interface AnswerWatcher {
  /** Called once: the answer has left as a whole, or the client went away before. */
  onClose(isWhole: boolean): void;
}

/** The one answer to a request. */
export interface HttpAnswer {
  /** Not called for connections that were taken over. */
  watcher: AnswerWatcher | undefined;
  /**
   * Sends a whole answer in one write; the server adds `date`, `content-length` where there may be content, and `connection: close`
   * when this answer is the last one of its connection. To a `HEAD` the body is only measured.
   *
   * @throws {@link PlatformError} `ANSWER_HEADER_INVALID` when a header cannot stand in an answer; then nothing was sent.
   */
  send(head: AnswerHead, body?: string | Uint8Array): void;
  /**
   * Sends an answer whose end is not known yet; its parts are asked for as the client takes them, and let go of when it goes away.
   * A failure cuts the answer off.
   *
   * @throws {@link PlatformError} as `send`.
   */
  stream(head: AnswerHead, parts: AsyncIterable<string | Uint8Array>): void;
  /** Tells a client that waits for it (`Expect: 100-continue`) to send its body. Does nothing for others. */
  inviteBody(): void;
  /** Gives the connection to whoever goes on in another protocol, with the bytes that came after the request. Only of WebSocket handshakes. */
  takeOver(): { readonly socket: Duplex; readonly head: Buffer };
  /** Cuts the connection. */
  abort(): void;
}

/** Why bytes are no request; decides the status of the refusal. */
export type HttpFault = 'malformed' | 'head_too_large' | 'too_slow';

/** What is answered to bytes that are no request. */
export interface Refusal {
  readonly head: AnswerHead;
  readonly body: string;
}

/** What a server tells; nothing of it may throw. */
export interface HttpServerEvents {
  onRequest(request: HttpRequest, answer: HttpAnswer): void;
  /** Bytes that never became a request: gives the answer after which the connection is closed. */
  onFault(fault: HttpFault, detail: string): Refusal;
  /** What code threw that must not, while it worked off what a client sent; that connection was cut. Only of the engine `wire`. */
  onDefect(error: unknown): void;
}

/** How a server is set up. */
export interface HttpServerOptions extends HttpServerEvents {
  /** Request line and headers together, in bytes. */
  readonly maxHeadBytes: number;
  readonly headTimeoutMs: number;
  /** Head and body together. */
  readonly requestTimeoutMs: number;
  /** How long a connection may wait for its next request. */
  readonly keepAliveMs: number;
  /** For limits of time. */
  readonly clock: Clock;
}

/** A server of HTTP/1.1. */
export interface HttpServer {
  /**
   * Begins to listen.
   *
   * @param port - 0 for a free one.
   * @throws {@link PlatformError} `failed_precondition` / `PORT_UNAVAILABLE` when the address cannot be had.
   */
  listen(host: string, port: number): Promise<AddressInfo>;
  /** Takes no new connections; says with each answer that it is the last one of its connection; resolves when all are closed, or after `ms`. */
  quiet(ms: number): Promise<void>;
  /** Takes no new connections, closes idle ones, and resolves when the others are closed. */
  close(): Promise<void>;
  /** Cuts all connections. */
  abort(): Promise<void>;
}
