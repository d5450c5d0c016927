import { silentLogger, silentMeter, systemClock } from '@mainstay/kernel';
import { createClientConnection } from '../client-connection.ts';
import type { ClientConnection, ClientEngine, ClientEngineOptions } from '../engine.ts';
import { createFaultReporters } from '../faults/fault-reporter.ts';
import { openSocket } from '../open-socket.ts';
import { ClientCall } from './grpc/client-call.ts';
import { ClientSide, type ClientSocket } from './grpc/client-side.ts';
import { type ConnectionLimits, defaultLimits } from './http2/limits.ts';

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

function connect(options: ClientEngineOptions, settings: WireClientSettings): ClientConnection {
  const { address, tls, clock = systemClock, logger = silentLogger, meter = silentMeter } = options;
  const reporterFor = createFaultReporters({ logger, meter, clock, side: 'client' });
  let limits: ConnectionLimits = { ...defaultLimits, ...settings.limits };
  return createClientConnection<ClientCall>(options, {
    async open(events) {
      const socket = await (settings.open ?? openSocket)(options);
      return new ClientSide(socket, {
        address,
        isSecure: tls !== undefined,
        encoding: options.compression ?? 'identity',
        limits,
        clock,
        report: reporterFor(address),
        events,
        onKeepalive(keepaliveMs) {
          limits = { ...limits, keepaliveMs };
        },
        ...(settings.firstStreamId !== undefined && { firstStreamId: settings.firstStreamId }),
      });
    },
    prepare: (call, sink) => new ClientCall(call, sink, options),
  });
}
