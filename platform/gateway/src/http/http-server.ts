import {
  createHttpServer,
  type HttpEngineName,
  type HttpFault,
  type HttpServer,
  type HttpServerEvents,
  http1Reasons,
  type Refusal,
} from '@mainstay/http1';
import { type Clock, isPlatformError, type Logger, PlatformError } from '@mainstay/kernel';
import { gatewayReasons } from '../errors.ts';
import { renderRefusal } from '../problems/render-refusal.ts';

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

/** What the server is made with. */
export interface ServerTools {
  readonly limits: HttpLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Default that of {@link createHttpServer}. */
  readonly engine: HttpEngineName | undefined;
}

/** Request line and headers together. */
const maxHeadBytes = 16_384;

/** Makes the server whose requests a handler answers; what is no request is answered with a problem document. */
export function createServer(
  handler: Pick<HttpServerEvents, 'onRequest'>,
  { limits, clock, logger, engine }: ServerTools,
): HttpServer {
  const onFault = (fault: HttpFault, detail: string): Refusal => {
    const refusal = renderRefusal(fault, detail);
    logger.info('connection refused', { status: refusal.head.status, detail });
    return refusal;
  };
  const { headersTimeoutMs: headTimeoutMs, requestTimeoutMs, keepAliveMs } = limits;
  return createHttpServer(
    {
      onRequest: (request, answer) => handler.onRequest(request, answer),
      onFault,
      onDefect: (error) => logger.error('connection cut after a defect', { error }),
      maxHeadBytes,
      headTimeoutMs,
      requestTimeoutMs,
      keepAliveMs,
      clock,
    },
    engine,
  );
}

/**
 * Begins to listen.
 *
 * @returns the URL that clients use.
 * @throws {@link PlatformError} `failed_precondition` / `GATEWAY_PORT_UNAVAILABLE` when the port cannot be opened.
 */
export async function listen(server: HttpServer, host: string, port: number): Promise<string> {
  try {
    const { address, family, port: bound } = await server.listen(host, port);
    const isAny = address === '0.0.0.0' || address === '::';
    const name = isAny ? '127.0.0.1' : address;
    return `http://${family === 'IPv6' && !isAny ? `[${name}]` : name}:${bound}`;
  } catch (cause) {
    if (!isPlatformError(cause, http1Reasons.PORT_UNAVAILABLE)) throw cause;
    const message = `the gateway cannot listen: ${cause.rawMessage}`;
    throw new PlatformError(gatewayReasons.GATEWAY_PORT_UNAVAILABLE, message, { cause });
  }
}
