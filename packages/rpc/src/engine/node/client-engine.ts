import { silentLogger, silentMeter, systemClock } from '@mainstay/kernel';
import { createClientConnection } from '../client-connection.ts';
import type { ClientConnection, ClientEngine, ClientEngineOptions } from '../engine.ts';
import { createFaultReporters } from '../faults/fault-reporter.ts';
import { openSocket } from '../open-socket.ts';
import { ClientCall } from './client-call.ts';
import { ClientSession, type SessionCall } from './client-session.ts';
import { defaultLimits, type SessionLimits } from './limits.ts';

/** What can be set beside the seam's options, for tests and special peers. */
export interface NodeClientSettings {
  readonly limits?: Partial<SessionLimits>;
  readonly firstStreamId?: number;
}

/** Makes a client engine on `node:http2`, with other limits than the default ones. */
export function createNodeClientEngine(settings: NodeClientSettings = {}): ClientEngine {
  return { connect: (options) => connect(options, settings) };
}

/** Calls gRPC servers with `node:http2`. */
export const nodeClientEngine: ClientEngine = createNodeClientEngine();

function connect(options: ClientEngineOptions, settings: NodeClientSettings): ClientConnection {
  const { address, tls, clock = systemClock, logger = silentLogger, meter = silentMeter } = options;
  const reporterFor = createFaultReporters({ logger, meter, clock, side: 'client' });
  let limits: SessionLimits = { ...defaultLimits, ...settings.limits };
  return createClientConnection<SessionCall>(options, {
    async open(events) {
      const socket = await openSocket(options);
      return new ClientSession(socket, {
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
