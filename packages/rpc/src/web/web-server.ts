import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DescMethod } from '@bufbuild/protobuf';
import { type ConnectRouter, cors } from '@connectrpc/connect';
import { compressionGzip, connectNodeAdapter } from '@connectrpc/connect-node';
import { PlatformError } from '@mainstay/kernel';
import type { EngineHandler } from '../engine/engine.ts';
import { rpcReasons } from '../errors.ts';
import { headers } from '../wire/headers.ts';
import { routeMethod } from './route-method.ts';

/** How a web server is set up. */
export interface WebServerOptions {
  readonly host: string;
  readonly port: number;
  readonly methods: readonly DescMethod[];
  readonly handler: EngineHandler;
  readonly maxMessageBytes: number;
  /** Origins of pages that may call. */
  readonly origins: readonly string[];
}

/** A listening web server. */
export interface WebServer {
  /** `host:port` as bound. */
  readonly address: string;
  /** Takes no new connections; running calls go on. */
  stopAccepting(): void;
  /** Cuts what is left after `graceMs` and resolves when every connection is closed. */
  close(graceMs: number): Promise<void>;
}

/**
 * Serves gRPC-Web and the Connect protocol over HTTP/1.1, with the library's own handlers in front of the same core.
 *
 * Of calls from browsers only those of pages of the listed origins are let in.
 *
 * @throws {@link PlatformError} `failed_precondition` / `LISTEN_FAILED` when the address cannot be had.
 */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const origins = new Set(options.origins);
  const answer = connectNodeAdapter({
    grpc: false,
    grpcWeb: true,
    connect: true,
    readMaxBytes: options.maxMessageBytes,
    writeMaxBytes: options.maxMessageBytes,
    acceptCompression: [compressionGzip],
    routes(router: ConnectRouter) {
      for (const method of options.methods) routeMethod(router, method, withOneTimeout(options.handler));
    },
  });
  const server = createServer((request, response) => {
    const { origin } = request.headers;
    if (origin !== undefined) {
      if (!origins.has(origin)) {
        response.writeHead(403).end();
        return;
      }
      response.setHeader('access-control-allow-origin', origin);
      response.setHeader('access-control-expose-headers', exposed);
      response.setHeader('vary', 'origin');
      if (request.method === 'OPTIONS') {
        response.writeHead(204, preflight).end();
        return;
      }
    }
    answer(request, response);
  });
  await listen(server, options);
  return webServer(server);
}

const exposed = [...cors.exposedHeaders, headers.httpStatus].join(', ');
const preflight = {
  'access-control-allow-methods': [...cors.allowedMethods].join(', '),
  'access-control-allow-headers': [
    ...cors.allowedHeaders,
    headers.idempotencyKey,
    headers.prefer,
    headers.traceparent,
  ].join(', '),
  'access-control-max-age': '7200',
};

/** The Connect protocol has a header of its own for the time left. */
function withOneTimeout(handler: EngineHandler): EngineHandler {
  return (call, sink) => {
    const timeoutMs = call.header.get('connect-timeout-ms');
    if (timeoutMs !== undefined && /^\d{1,8}$/.test(timeoutMs)) call.header.set(headers.timeout, `${timeoutMs}m`);
    handler(call, sink);
  };
}

function listen(server: Server, { host, port }: WebServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error): void =>
      reject(
        new PlatformError(rpcReasons.LISTEN_FAILED, `cannot listen on ${host}:${port}: ${cause.message}`, { cause }),
      );
    server.once('error', onError);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', onError);
      resolve();
    });
  });
}

function webServer(server: Server): WebServer {
  const { address, port, family } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const stopAccepting = (): void => {
    closed ??= new Promise((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
  };
  return {
    address: family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`,
    stopAccepting,
    async close(graceMs) {
      stopAccepting();
      const limit = setTimeout(() => server.closeAllConnections(), graceMs);
      await closed;
      clearTimeout(limit);
    },
  };
}
