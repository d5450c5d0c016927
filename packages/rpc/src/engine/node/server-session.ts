import {
  constants,
  type IncomingHttpHeaders,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { Clock } from '@mainstay/kernel';
import type { ServerEngineOptions } from '../engine.ts';
import type { Fault } from '../faults/fault.ts';
import type { FaultReporter } from '../faults/fault-reporter.ts';
import { GatherBudget } from '../grpc/gather-budget.ts';
import type { MethodWire } from '../grpc/method-wire.ts';
import type { PeerIdentity } from '../tls.ts';
import { type SessionLimits, sessionOptions } from './limits.ts';
import { Watchdog, type Watched } from './watchdog.ts';

/** The head of a request as `node:http2` gives it. */
export interface RequestHead {
  readonly head: IncomingHttpHeaders;
  /** Names and values in turn. */
  readonly fields: string[];
}

/** How a session is served. */
export interface ServedSession {
  readonly options: ServerEngineOptions;
  readonly limits: SessionLimits;
  readonly clock: Clock;
  readonly routes: ReadonlyMap<string, MethodWire>;
  readonly report: FaultReporter;
  /** Who the caller's process proved to be. */
  readonly peer: PeerIdentity | undefined;
  onCall(session: ServerSession, stream: ServerHttp2Stream, request: RequestHead): void;
  onClosed(session: ServerSession): void;
}

/** One session of `node:http2` with a caller, and what all its calls share. */
export class ServerSession implements Watched {
  readonly session: ServerHttp2Session;
  readonly served: ServedSession;
  readonly limits: SessionLimits;
  readonly clock: Clock;
  readonly gathering: GatherBudget = new GatherBudget();
  readonly streams: Set<ServerHttp2Stream> = new Set();
  readCount = 0;
  readonly #socket: Socket;
  readonly #watchdog: Watchdog;
  /** Calls whose handlers are not done, also when the caller is gone. */
  #runningCount = 0;

  constructor(socket: Socket, served: ServedSession) {
    this.#socket = socket;
    this.served = served;
    this.limits = served.limits;
    this.clock = served.clock;
    const session = performServerHandshake(socket, sessionOptions(served.limits));
    this.session = session;
    session.setLocalWindowSize(served.limits.connectionWindowBytes);
    session.on('stream', (stream, head, ...[, fields]) => served.onCall(this, stream, { head, fields }));
    session.on('error', (error) => this.#onError(error));
    // Without this `node:http2` waits for ever for a socket whose TLS has failed.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#onClose());
    this.#watchdog = new Watchdog(this);
  }

  get writtenBytes(): number {
    return this.#socket.bytesWritten;
  }

  /** Most bytes of headers that the peer takes. */
  get maxSentHeaderBytes(): number {
    return this.session.remoteSettings.maxHeaderListSize ?? Number.POSITIVE_INFINITY;
  }

  /** Counts a call, when there is room for it; {@link ServerSession.leave} when its handler is done. */
  enter(stream: ServerHttp2Stream): boolean {
    if (this.#runningCount >= this.limits.maxConcurrentStreams) return false;
    this.#runningCount += 1;
    this.streams.add(stream);
    return true;
  }

  leave(): void {
    this.#runningCount -= 1;
  }

  /**
   * Tells the peer the last stream that is worked on, lets the running ones end, then closes (RFC 9113 section 6.8).
   *
   * In one step: after a first GOAWAY with the largest id nghttp2 would ignore what it announced to take.
   */
  drain(): void {
    this.session.close();
  }

  fail(fault: Fault): void {
    this.served.report(fault);
    this.session.destroy(undefined, fault.code);
    this.#socket.destroy();
  }

  /** Ends everything at once. */
  cut(): void {
    this.session.destroy(undefined, constants.NGHTTP2_CANCEL);
    this.#socket.destroy();
  }

  #onError(error: Error & { readonly code?: string }): void {
    if (error.code !== 'ERR_HTTP2_ERROR') return;
    const { message } = error;
    this.served.report({ rule: 'http2', code: constants.NGHTTP2_PROTOCOL_ERROR, message, scope: 'connection' });
  }

  #onClose(): void {
    this.#watchdog.stop();
    this.served.onClosed(this);
  }
}
