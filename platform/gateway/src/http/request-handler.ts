import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { type Clock, type Logger, PlatformError, toPlatformError } from '@mainstay/kernel';
import type { HeaderMapper } from '@mainstay/rpc';
import { gatewayReasons } from '../errors.ts';
import { sendUsage, usagePath } from '../limits/usage-page.ts';
import type { ProblemSettings } from '../problems/problem.ts';
import type { ServiceCaller } from '../protection/service-caller.ts';
import { serveSocket } from '../sockets/serve-socket.ts';
import { checkUpgrade, takeUpgrades, type Upgrades } from '../sockets/upgrades.ts';
import type { OpenStreams } from '../streams/open-streams.ts';
import { type StreamTools, serveStream } from '../streams/serve-stream.ts';
import { serveUpload } from '../streams/serve-upload.ts';
import { type Admission, admit } from './admit.ts';
import { readBody, takesBody } from './body.ts';
import { createClientIp } from './client-ip.ts';
import type { CompressionSettings } from './compress.ts';
import { createCors } from './cors.ts';
import { beginExchange, type Exchange } from './exchange.ts';
import { createFramingCheck, type FramingCheck } from './framing.ts';
import type { GatewayMetrics } from './gateway-metrics.ts';
import { GatewayRequest } from './gateway-request.ts';
import { type HttpLimits, serveRequests } from './http-server.ts';
import { observe } from './observe.ts';
import { type Page, sendPage } from './pages.ts';
import { Reply } from './reply.ts';
import type { Service } from './request-parts.ts';
import { noteRunningAnswer } from './running-answer.ts';
import { describeProblem, sendProblem } from './send-problem.ts';
import { serve } from './serve.ts';

/** What requests are answered with. */
export interface RequestHandlerOptions {
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

/** A request and its answer. */
interface Pair {
  readonly request: GatewayRequest;
  readonly reply: Reply;
}

/**
 * Answers the requests of a server: everything is decided before a byte of a body is read.
 *
 * Cost: a promise for each thing that has to be waited for, and one more.
 */
export class RequestHandler {
  readonly #options: RequestHandlerOptions;
  readonly #upgrades: Upgrades;
  readonly #clientIp: ReturnType<typeof createClientIp>;
  readonly #allowOrigin: ReturnType<typeof createCors>;
  readonly #framing: FramingCheck = createFramingCheck();
  #isDraining = false;

  constructor(server: Server, options: RequestHandlerOptions) {
    const { limits, origins } = options;
    this.#options = options;
    this.#clientIp = createClientIp(limits.trustedProxies);
    this.#allowOrigin = createCors(origins);
    const serve: RequestListener = (raw, response) => this.#answer(raw, response);
    this.#upgrades = takeUpgrades(server, { serve, maxFrameBytes: limits.bodyLimitBytes });
    serveRequests(server, serve);
  }

  /** Ends streams, and tells clients on kept connections that each answer is the last one. */
  drain(): void {
    this.#isDraining = true;
    this.#options.streams.drain();
  }

  #answer(raw: IncomingMessage, response: ServerResponse): void {
    const request = new GatewayRequest(raw, this.#clientIp(raw));
    const pair = { request, reply: new Reply(request, response, this.#beforeSend) };
    try {
      this.#lead(this.#begin(pair), pair)?.catch((error) => this.#fail(error, pair));
    } catch (error) {
      this.#fail(error, pair);
    }
  }

  /** To the page, the service or the refusal that is the answer; undefined when that was sent at once. */
  #lead(exchange: Exchange, pair: Pair): Promise<void> | undefined {
    const { admission, pages } = this.#options;
    const page = pages.get(exchange.target.path);
    if (page !== undefined) {
      sendPage(page, exchange, pair);
      return undefined;
    }
    if (exchange.target.path === usagePath) return sendUsage(admission, exchange, pair);
    const admitting = admit(admission, exchange, pair);
    if (admitting instanceof Promise) return admitting.then(() => this.#carryOut(exchange, pair));
    return this.#carryOut(exchange, pair);
  }

  #begin(pair: Pair): Exchange {
    const { request, reply } = pair;
    const exchange = beginExchange(request, this.#options);
    request.exchange = exchange;
    observe(exchange, pair, this.#options);
    noteRunningAnswer(reply.raw);
    reply.header('x-trace-id', exchange.trace.traceId);
    const fault = this.#framing.faultOf(request.raw);
    if (fault !== undefined) {
      reply.header('connection', 'close');
      throw new PlatformError(gatewayReasons.HTTP_MALFORMED, fault);
    }
    this.#allowOrigin(request, reply);
    return exchange;
  }

  #carryOut(exchange: Exchange, pair: Pair): Promise<void> | undefined {
    const { admitted } = exchange;
    if (admitted === undefined) return undefined;
    const { request, reply } = pair;
    const { caller, streams, origins, answers } = this.#options;
    const { headers } = request;
    if (mayInviteBody(pair)) reply.raw.writeContinue();
    const isAsked = this.#upgrades.isAsked(request);
    if (admitted.route.exchange === 'socket') reply.header('upgrade', 'websocket');
    checkUpgrade(admitted.route, request, { isAsked, origins });
    const service: Service = { admitted, exchange, answers, request, reply, contentType: headers['content-type'] };
    if (isAsked) {
      return serveSocket(this.#streamTools(request), service, async () => {
        const socket = await this.#upgrades.accept(request);
        reply.hijack();
        return socket;
      });
    }
    if (admitted.route.exchange === 'upload') return serveUpload(caller, service, streams.settings.uploadLimitBytes);
    return takesBody(request) ? this.#serveBody(service) : this.#serve(service);
  }

  async #serveBody(service: Service): Promise<void> {
    const { request } = service;
    request.body = await readBody(request.raw, this.#options.limits.bodyLimitBytes);
    await this.#serve(service);
  }

  #serve(service: Service): Promise<void> {
    if (service.admitted.route.exchange === 'unary') return serve(this.#options.caller, service);
    return serveStream(this.#streamTools(service.request), service);
  }

  #streamTools(request: GatewayRequest): StreamTools {
    const { caller, streams } = this.#options;
    return { caller, streams, describe: (error) => describeProblem(error, request, this.#options).problem };
  }

  #fail(error: unknown, pair: Pair): void {
    const { reply } = pair;
    if (!reply.sent) {
      try {
        sendProblem(toPlatformError(error), pair, this.#options);
        return;
      } catch (second) {
        this.#options.logger.error('a problem cannot be sent', { error: second });
      }
    }
    // What was sent cannot be taken back; the client sees by the missing end that it is not whole.
    reply.raw.destroy();
  }

  readonly #beforeSend = (reply: Reply): void => {
    const { exchange } = reply.request;
    // The gateway's own pages have headers of their own.
    if (exchange !== null && !exchange.isPage) setMappedHeaders(exchange, reply);
    if (this.#isDraining) reply.header('connection', 'close');
  };
}

/**
 * Whether a client waits to hear that it may send its body. Behind an answer that has not left it hears nothing, and sends it
 * some time later: Node would write the invitation into the middle of the answer.
 */
function mayInviteBody({ request: { headers }, reply: { raw } }: Pair): boolean {
  return headers.expect !== undefined && /^100-continue$/i.test(headers.expect) && raw.socket !== null;
}

function setMappedHeaders({ mapped, answered }: Exchange, reply: Reply): void {
  for (const { name, value, overwrite } of mapped.answer((key) => answered?.get(key) ?? undefined)) {
    if (overwrite || !reply.hasHeader(name)) reply.header(name, value);
  }
}
