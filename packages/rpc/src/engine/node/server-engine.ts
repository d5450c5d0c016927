import { constants } from 'node:http2';
import { silentLogger, silentMeter, systemClock } from '@mainstay/kernel';
import type { EngineServer, ServerEngine, ServerEngineOptions } from '../engine.ts';
import { engineServer } from '../engine-server.ts';
import { createFaultReporters } from '../faults/fault-reporter.ts';
import { methodWire } from '../grpc/method-wire.ts';
import { listenForSockets } from '../socket-server.ts';
import { acceptCall } from './accept-call.ts';
import { defaultLimits, type SessionLimits } from './limits.ts';
import { ServerSession } from './server-session.ts';

/** Makes a server engine on `node:http2`, with other limits than the default ones. */
export function createNodeServerEngine(limits: Partial<SessionLimits> = {}): ServerEngine {
  return { listen: (options) => listen(options, { ...defaultLimits, ...limits }) };
}

/** Serves gRPC with `node:http2`. */
export const nodeServerEngine: ServerEngine = createNodeServerEngine();

async function listen(options: ServerEngineOptions, limits: SessionLimits): Promise<EngineServer> {
  const { clock = systemClock, logger = silentLogger, meter = silentMeter } = options;
  const routes = new Map(options.methods.map(methodWire).map((wire) => [wire.path, wire]));
  const sessions = new Set<ServerSession>();
  const onClosed = (session: ServerSession): void => void sessions.delete(session);
  const served = { options, limits, clock, routes, onCall: acceptCall, onClosed };
  const reporterFor = createFaultReporters({ logger, meter, clock, side: 'server' });
  const server = await listenForSockets(options, {
    onSocket(socket, peer) {
      const report = reporterFor(`${socket.remoteAddress}:${socket.remotePort}`);
      sessions.add(new ServerSession(socket, { ...served, report, peer }));
    },
    onRefused: (address, message) =>
      reporterFor(address)({
        rule: 'tls',
        code: constants.NGHTTP2_INADEQUATE_SECURITY,
        message,
        scope: 'connection',
      }),
    onAuthoritiesChanged() {
      for (const session of sessions) session.drain();
    },
  });
  return engineServer(server, sessions);
}
