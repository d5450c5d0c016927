import { PlatformError, silentLogger, silentMeter, systemClock } from '@mainstay/kernel';
import { rpcReasons } from '../../errors.ts';
import type { EngineServer, ServerEngine, ServerEngineOptions } from '../engine.ts';
import { engineServer } from '../engine-server.ts';
import { errorCode } from '../faults/error-code.ts';
import { createFaultReporters, type FaultReporter } from '../faults/fault-reporter.ts';
import { GatherBudget } from '../grpc/gather-budget.ts';
import { type MethodWire, methodWire } from '../grpc/method-wire.ts';
import { errorStatus } from '../grpc/status.ts';
import { listenForSockets } from '../socket-server.ts';
import type { PeerIdentity } from '../tls.ts';
import { CallBlock, FixedBlock } from './grpc/blocks.ts';
import { ServerCall } from './grpc/server-call.ts';
import { ServerSide } from './grpc/server-side.ts';
import type { DecodedBlock } from './hpack/decoded-block.ts';
import { Http2Connection } from './http2/connection.ts';
import type { ConnectionSocket } from './http2/connection-options.ts';
import type { RequestHead } from './http2/header-rules.ts';
import { type ConnectionLimits, defaultLimits } from './http2/limits.ts';
import type { Http2Stream } from './http2/stream.ts';

/** Makes a server engine on our own HTTP/2, with other limits than the default ones. */
export function createWireServerEngine(limits: Partial<ConnectionLimits> = {}): ServerEngine {
  return { listen: (options) => listen(options, { ...defaultLimits, ...limits }) };
}

/** Serves gRPC with our own HTTP/2 over `node:net` and `node:tls`. */
export const wireServerEngine: ServerEngine = createWireServerEngine();

async function listen(options: ServerEngineOptions, limits: ConnectionLimits): Promise<EngineServer> {
  const routes = new Map(options.methods.map(methodWire).map((wire) => [wire.path, wire]));
  const connections = new Set<Http2Connection>();
  const reporterFor = createFaultReporters({
    logger: options.logger ?? silentLogger,
    meter: options.meter ?? silentMeter,
    side: 'server',
    clock: options.clock ?? systemClock,
  });
  const server = await listenForSockets(options, {
    onSocket(socket, peer) {
      const report = reporterFor(`${socket.remoteAddress}:${socket.remotePort}`);
      const connection = serve(socket, { options, limits, routes, report, peer }, () => connections.delete(connection));
      connections.add(connection);
    },
    onRefused: (address, message) =>
      reporterFor(address)({ rule: 'tls', code: errorCode.inadequateSecurity, message, scope: 'connection' }),
    onAuthoritiesChanged() {
      for (const connection of connections) connection.drain();
    },
  });
  return engineServer(server, connections);
}

/** What connections of a server share, and one has of its own. */
export interface Served {
  readonly options: ServerEngineOptions;
  readonly limits: ConnectionLimits;
  readonly routes: ReadonlyMap<string, MethodWire>;
  readonly report: FaultReporter;
  readonly peer: PeerIdentity | undefined;
}

/** Serves one peer over a socket of any kind. */
export function serve(socket: ConnectionSocket, served: Served, onClosed: () => void): Http2Connection {
  const { options, limits, routes, report, peer } = served;
  const connection: Http2Connection = new Http2Connection({
    socket,
    isServer: true,
    limits,
    clock: options.clock ?? systemClock,
    events: {
      onStream: (stream, head, block) => begin(side, routes, { stream, head, block }),
      onRoom: () => undefined,
      onGoingAway: () => undefined,
      onFault: report,
      onClosed,
    },
  });
  const side = new ServerSide(connection, options, { gathering: new GatherBudget(), peer });
  return connection;
}

interface Begun {
  readonly stream: Http2Stream;
  readonly head: RequestHead;
  readonly block: DecodedBlock;
}

function begin(side: ServerSide, routes: ReadonlyMap<string, MethodWire>, { stream, head, block }: Begun): void {
  const wire = routes.get(head.path);
  if (wire === undefined) {
    refuseUnknown(side, stream, head.path);
  } else if (head.method !== 'POST') {
    refuseHttp(side.connection, stream, '405');
  } else if (!isGrpc(block)) {
    refuseHttp(side.connection, stream, '415');
  } else {
    const call = new ServerCall(side, stream, { wire, block });
    stream.events = call;
    if (!wire.hasRequestStream) stream.requestSinceMs = 0;
    call.begin();
  }
}

function isGrpc(block: DecodedBlock): boolean {
  for (const { name, value } of block.fields) {
    if (name === 'content-type') return value === 'application/grpc+proto' || isGrpcType.test(value);
  }
  return false;
}

const isGrpcType = /^application\/grpc(\+proto)?($|[ ;])/i;

function refuseUnknown({ connection, head }: ServerSide, stream: Http2Stream, path: string): void {
  const error = new PlatformError(rpcReasons.METHOD_UNKNOWN, `${path.slice(1, 200)} is not served here`);
  connection.sender.headers(
    stream,
    new CallBlock(head, errorStatus(error, connection.peer.maxHeaderListBytes).flat()),
    true,
  );
  connection.abandon(stream);
}

function refuseHttp(connection: Http2Connection, stream: Http2Stream, status: string): void {
  connection.sender.headers(stream, new FixedBlock([[':status', status]]), true);
  connection.abandon(stream);
}
