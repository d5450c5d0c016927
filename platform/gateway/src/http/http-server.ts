import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Clock, type Logger, PlatformError } from '@mainstay/kernel';
import type { HeaderMapper } from '@mainstay/rpc';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { gatewayReasons } from '../errors.ts';
import { answerBrokenConnection } from '../problems/connection-problem.ts';
import { fromServerError } from '../problems/framework-errors.ts';
import type { Problem, ProblemSettings } from '../problems/problem.ts';
import type { ServiceCaller } from '../protection/service-caller.ts';
import { serveSocket } from '../sockets/serve-socket.ts';
import { checkUpgrade, isWebSocketHandshake, takeUpgrades } from '../sockets/upgrades.ts';
import type { OpenStreams } from '../streams/open-streams.ts';
import { serveStream } from '../streams/serve-stream.ts';
import { serveUpload } from '../streams/serve-upload.ts';
import { type Admission, admit } from './admit.ts';
import type { AdmittedRequest } from './admitted-request.ts';
import type { CompressionSettings } from './compress.ts';
import { createCors } from './cors.ts';
import { beginExchange, type Exchange } from './exchange.ts';
import type { GatewayMetrics } from './gateway-metrics.ts';
import { observe } from './observe.ts';
import type { Page } from './pages.ts';
import type { Service } from './request-parts.ts';
import { apiHeaders } from './security-headers.ts';
import { describeProblem, sendProblem } from './send-problem.ts';
import { serve } from './serve.ts';

/** Limits of the HTTP server, in milliseconds and bytes. */
export interface HttpLimits {
  readonly bodyLimitBytes: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveMs: number;
  /** Addresses of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
}

/** What the HTTP server works with. */
export interface HttpServerOptions {
  readonly limits: HttpLimits;
  readonly admission: Admission;
  readonly caller: ServiceCaller;
  readonly streams: OpenStreams;
  readonly answers: CompressionSettings;
  /** Origins of pages that may read answers and open WebSockets. */
  readonly origins: ReadonlySet<string>;
  readonly pages: Pick<ReadonlyMap<string, Page>, 'get'>;
  readonly problems: ProblemSettings;
  readonly mapper: HeaderMapper;
  readonly metrics: GatewayMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Request line and headers together; Node's own default, stated because the answer (431) names it. */
const maxHeaderBytes = 16_384;
/** How often slow requests are looked for; a request may take this much longer than its limit. */
const slowCheckIntervalMs = 1_000;

/**
 * Builds the HTTP server: Fastify reads and writes, one handler of ours decides.
 *
 * Fastify's router sees every request as `/`, because it can neither tell a custom verb (`/orders/1:cancel`) from a
 * parameter nor keep `%2F` apart from a slash; our matcher reads the original URL.
 */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const { limits, admission, caller, streams, pages, problems, mapper, clock, logger, metrics, origins } = options;
  const answers = new WeakMap<Socket, ServerResponse>();
  const app = fastify({
    logger: false,
    bodyLimit: limits.bodyLimitBytes,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    // A connection on which nothing moves: longer than the longest call and the longest idle time.
    connectionTimeout: limits.keepAliveMs + 60_000,
    http: {
      headersTimeout: limits.headersTimeoutMs,
      connectionsCheckingInterval: slowCheckIntervalMs,
      maxHeaderSize: maxHeaderBytes,
      // Checked below, so that the answer is a problem document.
      requireHostHeader: false,
      shouldUpgradeCallback: isWebSocketHandshake,
    },
    trustProxy: limits.trustedProxies.length === 0 ? false : [...limits.trustedProxies],
    rewriteUrl: () => '/',
    exposeHeadRoutes: false,
    return503OnClosing: false,
    clientErrorHandler: (error, socket) => {
      const status = answerBrokenConnection(error, socket, answers.get(socket));
      if (status !== undefined) logger.info('connection refused', { status, code: error.code });
    },
  });
  // Node would invite the body of a request before we have decided about it, and refuse other expectations bare.
  for (const event of ['checkContinue', 'checkExpectation']) {
    app.server.on(event, (request, response) => app.server.emit('request', request, response));
  }
  const upgrades = takeUpgrades(app, limits.bodyLimitBytes);
  const allowOrigin = createCors(origins);
  const describeFor =
    (request: FastifyRequest) =>
    (error: PlatformError): Problem =>
      describeProblem(error, request, { logger, problems }).problem;
  const partsOf = (exchange: Exchange, admitted: AdmittedRequest, { request, reply }: Pair): Service => {
    const body = request.body as Uint8Array | undefined;
    const contentType = request.headers['content-type'];
    return { admitted, exchange, body, contentType, answers: options.answers, request, reply };
  };
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
    streams.drain();
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.decorateRequest('exchange', null);

  app.addHook('onRequest', async (request, reply) => {
    const exchange = beginExchange(request, reply, { clock, mapper });
    observe(exchange, { request, reply }, { clock, logger, metrics });
    answers.set(request.raw.socket, reply.raw);
    reply.headers({ ...apiHeaders, 'x-trace-id': exchange.trace.traceId });
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1') {
      throw new PlatformError(gatewayReasons.HTTP_MALFORMED, 'the Host header is missing');
    }
    allowOrigin(request, reply);
    const page = pages.get(exchange.target.path);
    if (page !== undefined) return sendPage(page, exchange, { request, reply });
    if (await admit(admission, exchange, { request, reply })) return reply;
    if (/^100-continue$/i.test(request.headers.expect ?? '')) reply.raw.writeContinue();
    const { admitted } = exchange;
    if (admitted === undefined) return undefined;
    const isAsked = upgrades.isAsked(request);
    if (admitted.route.exchange === 'socket') reply.header('upgrade', 'websocket');
    checkUpgrade(admitted.route, request, { isAsked, origins });
    if (isAsked) {
      const tools = { caller, streams, describe: describeFor(request) };
      await serveSocket(tools, partsOf(exchange, admitted, { request, reply }), () => {
        reply.hijack();
        return upgrades.accept(request);
      });
      return reply;
    }
    if (admitted.route.exchange !== 'upload') return undefined;
    // Before Fastify collects the body.
    await serveUpload(caller, partsOf(exchange, admitted, { request, reply }), streams.settings.uploadLimitBytes);
    return reply;
  });

  app.addHook('onSend', async (request, reply, payload) => {
    setMappedHeaders(request, reply);
    // Clients on kept connections must hear that this is the last answer.
    if (closing) reply.header('connection', 'close');
    return payload;
  });

  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const { exchange } = request;
    const admitted = exchange?.admitted;
    if (exchange === null || admitted === undefined) {
      throw new PlatformError(gatewayReasons.ROUTE_NOT_FOUND, 'there is nothing at this path');
    }
    const service = partsOf(exchange, admitted, { request, reply });
    if (admitted.route.exchange === 'unary') await serve(caller, service);
    else {
      await serveStream({ caller, streams, describe: describeFor(request) }, service);
    }
    return reply;
  };
  app.all('/', handle);
  // Methods that Fastify does not know end here; they went through the same hook.
  app.setNotFoundHandler(handle);
  app.setErrorHandler((error, request, reply) =>
    sendProblem(fromServerError(error, limits), { request, reply }, { logger, problems }),
  );
  return app;
}

/** A request and its answer. */
interface Pair {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** The gateway's own pages have headers of their own. */
function setMappedHeaders({ exchange }: FastifyRequest, reply: FastifyReply): void {
  if (exchange === null || exchange.isPage) return;
  const { mapped, answered } = exchange;
  for (const { name, value, overwrite } of mapped.answer((key) => answered?.get(key) ?? undefined)) {
    if (overwrite || !reply.hasHeader(name)) reply.header(name, value);
  }
}

function sendPage(
  page: Page,
  exchange: Exchange,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): FastifyReply {
  exchange.routeTemplate = exchange.target.path;
  exchange.isPage = true;
  if (request.method === 'GET' || request.method === 'HEAD') return reply.headers(page.headers).send(page.body);
  reply.header('allow', 'GET, HEAD, OPTIONS');
  if (request.method === 'OPTIONS') return reply.code(204).send();
  throw new PlatformError(gatewayReasons.METHOD_NOT_ALLOWED, 'this path has GET, HEAD, OPTIONS only');
}
