import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { type Clock, type Logger, PlatformError } from '@mainstay/kernel';
import { gatewayReasons } from '../errors.ts';
import { answerBrokenConnection } from '../problems/connection-problem.ts';
import { isWebSocketHandshake } from '../sockets/upgrades.ts';
import { runningAnswer } from './running-answer.ts';

/** Limits of the HTTP server, in milliseconds and bytes. */
export interface HttpLimits {
  readonly bodyLimitBytes: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveMs: number;
  /** How long idle connections may still send a request when the server closes. */
  readonly drainIdleMs: number;
  /** Addresses of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
}

/** Request line and headers together; Node's own default, stated because the answer (431) names it. */
const maxHeaderBytes = 16_384;
/** How often slow requests are looked for; a request may take this much longer than its limit. */
const slowCheckIntervalMs = 1_000;

/** Makes Node's HTTP server with our limits; every answer to what is no request is a problem document. */
export function createHttpServer(limits: HttpLimits, logger: Logger): Server {
  const server = createServer({
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    headersTimeout: limits.headersTimeoutMs,
    connectionsCheckingInterval: slowCheckIntervalMs,
    maxHeaderSize: maxHeaderBytes,
    // Checked with the request, so that the answer is a problem document.
    requireHostHeader: false,
    // Else of two that differ the first would be taken, and a proxy in front may have taken the second.
    joinDuplicateHeaders: true,
    shouldUpgradeCallback: isWebSocketHandshake,
  });
  // A connection on which nothing moves: longer than the longest call and the longest idle time.
  server.setTimeout(limits.keepAliveMs + 60_000);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const status = answerBrokenConnection(error, socket, runningAnswer(socket));
    if (status !== undefined) logger.info('connection refused', { status, code: error.code });
  });
  return server;
}

/** Gives all requests to one function, also those of which Node would invite the body, or refuse the expectation, by itself. */
export function serveRequests(server: Server, serve: RequestListener): void {
  for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, serve);
}

/**
 * Begins to listen.
 *
 * @returns the URL that clients use.
 * @throws {@link PlatformError} `failed_precondition` / `GATEWAY_PORT_UNAVAILABLE` when the port cannot be opened.
 */
export async function listen(server: Server, host: string, port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onError = ({ code = 'unknown error' }: NodeJS.ErrnoException): void => {
    const why = code === 'EADDRINUSE' ? 'another process listens on it' : code;
    const message = `port ${host}:${port} of the gateway cannot be opened: ${why}`;
    reject(new PlatformError(gatewayReasons.GATEWAY_PORT_UNAVAILABLE, message));
  };
  server.once('error', onError);
  server.listen({ host, port }, resolve);
  await promise;
  server.off('error', onError);
  return urlOf(server.address() as AddressInfo);
}

function urlOf({ address, family, port }: AddressInfo): string {
  const isAny = address === '0.0.0.0' || address === '::';
  const host = isAny ? '127.0.0.1' : address;
  return `http://${family === 'IPv6' && !isAny ? `[${host}]` : host}:${port}`;
}

/**
 * Takes no new connections, and resolves when the last one is closed, or after a time.
 *
 * Until then a connection that looks idle may still bring the request that its client has just sent: it is answered with
 * the word that it is the last, instead of a reset.
 */
export function quiet(server: Server, clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    // Of `net`: that of `http` closes idle connections at once.
    NetServer.prototype.close.call(server, () => {
      cancel();
      resolve();
    });
  });
}

/** Takes no new connections, lets go of idle ones, and resolves when the others are closed. */
export function close(server: Server): Promise<void> {
  // An error says only that it does not listen, which is what is wanted.
  return new Promise((resolve) => server.close(() => resolve()));
}
