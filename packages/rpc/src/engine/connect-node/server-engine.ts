import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { createConnectRouter, createContextValues } from '@connectrpc/connect';
import type { UniversalHandler } from '@connectrpc/connect/protocol';
import { setTrailerStatus } from '@connectrpc/connect/protocol-grpc';
import {
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from '@connectrpc/connect-node';
import { optionError, PlatformError } from '@mainstay/kernel';
import { rpcReasons } from '../../errors.ts';
import { toConnectError } from '../../wire/to-connect-error.ts';
import type { EngineServer, ServerEngine, ServerEngineOptions } from '../engine.ts';
import { explainRefusal, progressKey, type RequestProgress } from './explain-refusal.ts';
import { routeMethod } from './route-method.ts';
import { encodeStatusMessage } from './status-message.ts';

/** Calls that one connection may have open at once. */
const maxConcurrentStreams = 1_000;
/** What gRPC peers expect of request headers. */
const maxHeaderListBytes = 16_384;

/** Serves gRPC with `@connectrpc/connect-node` on cleartext `node:http2`. */
export const connectNodeServerEngine: ServerEngine = {
  async listen(options) {
    if (options.tls !== undefined) throw optionError('engine', 'wire, when there are credentials', 'node');
    const handlers = createHandlers(options);
    const sessions = new Set<ServerHttp2Session>();
    const settings = { maxConcurrentStreams, maxHeaderListSize: maxHeaderListBytes };
    const server = createServer({ settings });
    const sockets = new Set<Socket>();
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    server.on('session', (session) => {
      sessions.add(session);
      session.on('close', () => sessions.delete(session));
      // Broken peers are nothing to report; without a listener they would end the process.
      session.on('error', () => undefined);
    });
    server.on('request', (request, response) => {
      const handler = handlers.get(request.url.split('?', 1)[0] as string);
      if (handler === undefined || request.authority === undefined) {
        refuseUnknown(response, request.url);
        return;
      }
      const progress: RequestProgress = { isHandled: false };
      const values = createContextValues().set(progressKey, progress);
      const universal = universalRequestFromNodeRequest(request, response, undefined, values);
      handler(universal)
        .then((answer) => explainRefusal(answer, progress, (error) => options.onRefused(handler.method, error)))
        .then((answer) => universalResponseToNodeResponse(answer, response))
        // The peer went away while the answer was written; its call has been canceled and counted already.
        .catch(() => response.stream.destroy());
    });
    await listen(server, options);
    return engineServer(server, { sessions, sockets });
  },
};

function createHandlers(options: ServerEngineOptions): Map<string, UniversalHandler> {
  const { maxMessageBytes } = options;
  const router = createConnectRouter({
    grpc: true,
    grpcWeb: false,
    connect: false,
    readMaxBytes: maxMessageBytes,
    writeMaxBytes: maxMessageBytes,
    acceptCompression: [compressionGzip],
  });
  for (const method of options.methods) routeMethod(router, method, options.handler);
  return new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
}

function refuseUnknown(response: import('node:http2').Http2ServerResponse, url: string): void {
  const error = new PlatformError(rpcReasons.METHOD_UNKNOWN, `${url.slice(1, 200)} is not served here`);
  const status = setTrailerStatus(new Headers(), toConnectError(error));
  status.set('grpc-message', encodeStatusMessage(error.rawMessage));
  // A trailers-only answer, as gRPC asks for.
  const header = { ':status': 200, 'content-type': 'application/grpc+proto', ...Object.fromEntries(status) };
  response.stream.respond(header, { endStream: true });
}

function listen(server: Http2Server, { host, port }: ServerEngineOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error): void =>
      reject(
        new PlatformError(rpcReasons.LISTEN_FAILED, `cannot listen on ${host}:${port}: ${cause.message}`, { cause }),
      );
    server.once('error', onError);
    server.listen({ host, port }, () => {
      server.off('error', onError);
      resolve();
    });
  });
}

interface Connections {
  readonly sessions: ReadonlySet<ServerHttp2Session>;
  readonly sockets: ReadonlySet<Socket>;
}

/** Sockets too: a session that was asked to close leaves its socket open until the peer ends it, which a frozen one never does. */
function destroyAll({ sessions, sockets }: Connections): void {
  for (const session of sessions) session.destroy();
  for (const socket of sockets) socket.destroy();
}

function engineServer(server: Http2Server, connections: Connections): EngineServer {
  const { address, port, family } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const stopAccepting = (): void => {
    closed ??= new Promise((resolve) => server.close(() => resolve()));
    for (const session of connections.sessions) session.close();
  };
  return {
    address: family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`,
    stopAccepting,
    async close(graceMs) {
      stopAccepting();
      const limit = setTimeout(() => destroyAll(connections), graceMs);
      await closed;
      clearTimeout(limit);
    },
  };
}
