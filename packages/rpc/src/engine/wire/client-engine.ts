import { PlatformError, silentLogger, silentMeter, systemClock } from '@mainstay/kernel';
import { rpcReasons } from '../../errors.ts';
import { abortFailure } from '../../wire/abort-failure.ts';
import type { ClientConnection, ClientEngine, ClientEngineOptions } from '../engine.ts';
import { errorCode } from '../faults/error-code.ts';
import { createFaultReporters } from '../faults/fault-reporter.ts';
import { GatherBudget } from '../grpc/gather-budget.ts';
import { methodWire } from '../grpc/method-wire.ts';
import { openSocket } from '../open-socket.ts';
import { ClientCall } from './grpc/client-call.ts';
import { ClientSide, type ClientSocket } from './grpc/client-side.ts';
import { Http2Connection } from './http2/connection.ts';
import { type ConnectionLimits, defaultLimits } from './http2/limits.ts';

/** Messages larger than a window, of all calls of a connection together. */
const maxGatheredBytes = 64 * 1_048_576;
/** Pause between pings for peers to whom ours were too many, in milliseconds: what gRPC's C core allows by default. */
const patientKeepaliveMs = 300_000;

/** So many calls may wait before those who were given up are looked for. */
const minPruned = 256;

/** What can be set beside the seam's options, for tests and special peers. */
export interface WireClientSettings {
  readonly limits?: Partial<ConnectionLimits>;
  readonly firstStreamId?: number;
  /** Default {@link openSocket}. */
  readonly open?: (options: ClientEngineOptions) => Promise<ClientSocket>;
}

/** Makes a client engine on our own HTTP/2, with other limits than the default ones. */
export function createWireClientEngine(settings: WireClientSettings = {}): ClientEngine {
  return { connect: (options) => connect(options, settings) };
}

/** Calls gRPC servers with our own HTTP/2 over `node:net` and `node:tls`. */
export const wireClientEngine: ClientEngine = createWireClientEngine();

function start(call: ClientCall, side: ClientSide): void {
  if (side.connection.openCount === 0) side.socket.ref();
  call.start(side);
}

/**
 * One connection to an address, opened when the first call needs it and again when it is gone.
 *
 * Calls beyond the peer's limit of streams wait in the order they came. An idle connection does not keep the process
 * alive. New credentials of TLS are for the next connection, which the next call opens; running calls end on the old one.
 */
function connect(options: ClientEngineOptions, settings: WireClientSettings): ClientConnection {
  const { address } = options;
  const reporterFor = createFaultReporters({
    logger: options.logger ?? silentLogger,
    meter: options.meter ?? silentMeter,
    side: 'client',
    clock: options.clock ?? systemClock,
  });
  let limits: ConnectionLimits = { ...defaultLimits, ...settings.limits };
  let current: ClientSide | undefined;
  let isOpening = false;
  let isClosed = false;
  let waiting: ClientCall[] = [];
  let pruneAt = minPruned;

  const refuseAll = (error: PlatformError): void => {
    for (const call of waiting.splice(0)) call.fail(error);
  };

  /** Drops those who were given up while they waited. */
  const prune = (): void => {
    waiting = waiting.filter(({ isOver }) => !isOver);
    pruneAt = Math.max(minPruned, waiting.length * 2);
  };

  const retire = (side: ClientSide, why: string): void => {
    if (current === side) current = undefined;
    prune();
    if (waiting.length === 0) return;
    // A peer that ended it before it took a single call would do so again.
    if (side.connection.hasCarried) void open();
    else refuseAll(new PlatformError(rpcReasons.PEER_UNREACHABLE, `${address} takes no calls: ${why}`));
  };

  /** Sends what waits, oldest first, as far as there is room. */
  const sendWaiting = (): void => {
    let sent = 0;
    while (sent < waiting.length && current?.connection.hasRoom === true) {
      const call = waiting[sent++]!;
      if (!call.isOver) start(call, current);
    }
    if (sent > 0) waiting = waiting.slice(sent);
    if (current?.connection.isExhausted === true) current.connection.drain();
  };

  const open = async (): Promise<void> => {
    if (isOpening || isClosed) return;
    isOpening = true;
    try {
      const socket = await (settings.open ?? openSocket)(options);
      if (isClosed) {
        socket.destroy();
        return;
      }
      const connection: Http2Connection = new Http2Connection({
        socket,
        isServer: false,
        limits,
        clock: options.clock ?? systemClock,
        ...(settings.firstStreamId !== undefined && { firstStreamId: settings.firstStreamId }),
        // Whether it takes our certificate is known only when it speaks, so no call is sent before.
        ...(options.tls !== undefined && { assumedStreams: 0 }),
        events: {
          onStream: () => undefined,
          onRoom() {
            if (waiting.length > 0) sendWaiting();
            if (connection.openCount === 0) socket.unref();
          },
          onGoingAway({ code, debug }) {
            if (code === errorCode.enhanceYourCalm && debug.startsWith('too_many_pings')) {
              limits = { ...limits, keepaliveMs: Math.max(patientKeepaliveMs, limits.keepaliveMs) };
            }
            retire(side, debug);
          },
          onFault: reporterFor(address),
          onClosed: () => retire(side, 'the connection was closed'),
        },
      });
      const gathering = new GatherBudget(maxGatheredBytes);
      const side = new ClientSide(connection, {
        scheme: options.tls === undefined ? 'http' : 'https',
        authority: address,
        encoding: options.compression ?? 'identity',
        gathering,
        socket,
      });
      current = side;
      isOpening = false;
      sendWaiting();
    } catch (error) {
      isOpening = false;
      refuseAll(error as PlatformError);
    }
  };

  const forget = options.tls?.credentials.onChange(() => current?.connection.drain());
  return {
    isLocal: false,
    call(call) {
      const { isCanceled, reason } = call.cancellation;
      if (isCanceled) return Promise.reject(abortFailure(reason, 'no'));
      if (isClosed)
        return Promise.reject(new PlatformError(rpcReasons.PEER_UNREACHABLE, `calls to ${address} are over`));
      let started: ClientCall;
      try {
        started = new ClientCall(call, methodWire(call.method), options);
      } catch (error) {
        return Promise.reject(error);
      }
      if (current !== undefined && waiting.length === 0 && current.connection.hasRoom) {
        start(started, current);
      } else {
        waiting.push(started);
        if (waiting.length >= pruneAt) prune();
        if (current === undefined) void open();
        else sendWaiting();
      }
      return started.answer;
    },
    close() {
      isClosed = true;
      forget?.();
      refuseAll(new PlatformError(rpcReasons.PEER_UNREACHABLE, `calls to ${address} are over`));
      current?.connection.drain();
    },
  };
}
