import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import type { Socket } from 'node:net';
import type { Clock } from '@mainstay/kernel';
import type { Carrier, CarrierEvents, OutgoingCall } from '../client-connection.ts';
import type { Fault } from '../faults/fault.ts';
import type { FaultReporter } from '../faults/fault-reporter.ts';
import type { Encoding } from '../grpc/compression.ts';
import { GatherBudget } from '../grpc/gather-budget.ts';
import type { MethodWire } from '../grpc/method-wire.ts';
import { type SessionLimits, sessionOptions } from './limits.ts';
import { Watchdog, type Watched } from './watchdog.ts';

/** Streams that any peer takes until it has said how many (RFC 9113 section 6.5.2 recommends no fewer). */
const assumedStreams = 100;
/** The largest id of a stream of a client. */
const lastStreamId = 2 ** 31 - 1;
/** Longest pause between pings that a peer can talk us into, in milliseconds. */
const longestKeepaliveMs = 600_000;

/** A call that a session carries. */
export interface SessionCall extends OutgoingCall {
  /** Opens its stream; there is room. */
  start(session: ClientSession): void;
}

/** How a session is set up. */
export interface ClientSessionOptions {
  readonly address: string;
  readonly isSecure: boolean;
  readonly encoding: Encoding;
  readonly limits: SessionLimits;
  readonly clock: Clock;
  readonly report: FaultReporter;
  readonly events: CarrierEvents<SessionCall>;
  /** Told of a longer pause between pings that the peer wants. */
  onKeepalive(keepaliveMs: number): void;
  /** Default 1; for tests of the end of ids. */
  readonly firstStreamId?: number;
}

/** One session of `node:http2` to a peer, over a socket that is open. */
export class ClientSession implements Carrier<SessionCall>, Watched {
  readonly session: ClientHttp2Session;
  readonly encoding: Encoding;
  readonly gathering: GatherBudget = new GatherBudget();
  readonly limits: SessionLimits;
  readonly clock: Clock;
  readonly address: string;
  readonly streams: Set<ClientHttp2Stream> = new Set();
  readCount = 0;
  hasCarried = false;
  readonly #socket: Socket;
  readonly #options: ClientSessionOptions;
  readonly #watchdog: Watchdog;
  readonly #heads = new Map<MethodWire, readonly string[]>();
  #maxStreams: number;
  #state: 'taking' | 'exhausted' | 'retired' = 'taking';
  /** Streams above it were not looked at by the peer. */
  #lastTakenId = lastStreamId;

  constructor(socket: Socket, options: ClientSessionOptions) {
    const { limits, address } = options;
    this.#socket = socket;
    this.#options = options;
    this.address = address;
    this.limits = limits;
    this.clock = options.clock;
    this.encoding = options.encoding;
    // Whether a peer takes our certificate is known only when it speaks, so no call is sent before.
    this.#maxStreams = options.isSecure ? 0 : assumedStreams;
    const { settings, ...kept } = sessionOptions(limits);
    const { maxConcurrentStreams: _, ...ours } = settings ?? {};
    const session = connect(`${options.isSecure ? 'https' : 'http'}://${address}`, {
      ...kept,
      settings: ours,
      createConnection: () => socket,
    });
    this.session = session;
    if (options.firstStreamId !== undefined) (session as Numbered).setNextStreamID(options.firstStreamId);
    session.setLocalWindowSize(limits.connectionWindowBytes);
    session.on('remoteSettings', ({ maxConcurrentStreams }) => {
      this.#maxStreams = maxConcurrentStreams ?? lastStreamId;
      options.events.onRoom();
    });
    session.on('goaway', (code, id, data) => this.#onGoaway(code, id, data?.toString('latin1') ?? ''));
    session.on('error', (error) => this.#onError(error));
    session.on('close', () => this.#retire('the connection was closed'));
    // Without this `node:http2` waits for ever for a socket whose TLS has failed.
    socket.on('error', () => socket.destroy());
    socket.once('end', () => this.#retire('the peer closed the connection'));
    socket.unref();
    this.#watchdog = new Watchdog(this);
  }

  get hasRoom(): boolean {
    return this.#state === 'taking' && this.streams.size < this.#maxStreams;
  }

  get isExhausted(): boolean {
    return this.#state === 'exhausted';
  }

  get writtenBytes(): number {
    return this.#socket.bytesWritten;
  }

  get isGone(): boolean {
    return this.session.destroyed;
  }

  send(call: SessionCall): void {
    this.hasCarried = true;
    if (this.streams.size === 0) this.#socket.ref();
    call.start(this);
  }

  /** Opens a stream for a call, which tells {@link ClientSession.onStreamClosed} of its end. */
  open(fields: string[]): ClientHttp2Stream {
    const stream = this.session.request(fields, openEnded);
    this.streams.add(stream);
    if ((stream.id ?? 0) > lastStreamId - 2) this.#state = 'exhausted';
    return stream;
  }

  onStreamClosed(stream: ClientHttp2Stream): void {
    this.streams.delete(stream);
    if (this.streams.size === 0) this.#socket.unref();
    if (this.#state === 'retired') this.#endWhenIdle();
    else this.#options.events.onRoom();
  }

  /** Gives a call back that the peer, which is going away, did not look at; it is sent once more. */
  giveBack(call: SessionCall): void {
    this.#options.events.onGivenBack(call);
  }

  /** Whether a stream came too late for a peer that is going away. */
  isTooLate({ id }: ClientHttp2Stream): boolean {
    return id === undefined || id > this.#lastTakenId;
  }

  /** Whether the peer certainly did not look at a stream. */
  isUnprocessed(stream: ClientHttp2Stream): boolean {
    return this.isTooLate(stream) || stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
  }

  /** The fields that all requests of a method begin with. */
  headOf(wire: MethodWire): readonly string[] {
    const known = this.#heads.get(wire);
    if (known !== undefined) return known;
    const head = requestHead(wire, this.#options);
    this.#heads.set(wire, head);
    return head;
  }

  drain(): void {
    this.#retire('the connection is being closed');
    this.#endWhenIdle();
  }

  fail(fault: Fault): void {
    this.#options.report(fault);
    this.#retire(fault.message);
    this.session.destroy(undefined, fault.code);
    this.#socket.destroy();
  }

  #onGoaway(code: number, lastTakenId: number, debug: string): void {
    this.#lastTakenId = lastTakenId;
    if (code === constants.NGHTTP2_ENHANCE_YOUR_CALM && debug.startsWith('too_many_pings')) {
      this.#options.onKeepalive(Math.min(longestKeepaliveMs, this.limits.keepaliveMs * 2));
    }
    this.#retire(`the peer is going away: ${debug}`);
  }

  #onError(error: Error & { readonly code?: string }): void {
    if (error.code === 'ERR_HTTP2_ERROR') {
      const { message } = error;
      this.#options.report({ rule: 'http2', code: constants.NGHTTP2_PROTOCOL_ERROR, message, scope: 'connection' });
    }
    this.#retire(error.message);
  }

  /** Says GOAWAY and closes, without waiting for the peer to do the same. */
  #endWhenIdle(): void {
    if (this.streams.size === 0) this.session.destroy();
  }

  #retire(why: string): void {
    if (this.session.destroyed) this.#watchdog.stop();
    if (this.#state === 'retired') return;
    this.#state = 'retired';
    this.#options.events.onRetired(this, why);
  }
}

/** Its types leave out what the documentation has. */
interface Numbered extends ClientHttp2Session {
  setNextStreamID(id: number): void;
}

const openEnded = { endStream: false } as const;

function requestHead({ path }: MethodWire, { address, isSecure, encoding }: ClientSessionOptions): string[] {
  const head = [':method', 'POST', ':scheme', isSecure ? 'https' : 'http', ':path', path, ':authority', address];
  head.push('content-type', 'application/grpc+proto', 'te', 'trailers', 'user-agent', 'mainstay-node');
  if (encoding === 'gzip') head.push('grpc-encoding', 'gzip', 'grpc-accept-encoding', 'identity,gzip');
  return head;
}
