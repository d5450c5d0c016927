import type { HttpAnswer, HttpRequest } from '@mainstay/http1';
import { type Clock, type Logger, toPlatformError } from '@mainstay/kernel';
import type { HeaderMapper } from '@mainstay/rpc';
import type { ServiceCaller } from '../calls/service-caller.ts';
import type { CompressionSettings } from '../exchange/compress.ts';
import { beginExchange, type Exchange } from '../exchange/exchange.ts';
import { GatewayRequest } from '../exchange/gateway-request.ts';
import { Reply, type ReplyEvents } from '../exchange/reply.ts';
import type { Service } from '../exchange/request-parts.ts';
import type { GatewayMetrics } from '../gateway-metrics.ts';
import { sendUsage, usagePath } from '../limits/usage-page.ts';
import type { ProblemSettings } from '../problems/problem.ts';
import { checkUpgrade } from '../sockets/check-upgrade.ts';
import { serveSocket } from '../sockets/serve-socket.ts';
import { createUpgrades, type Upgrades } from '../sockets/upgrades.ts';
import type { OpenStreams } from '../streams/open-streams.ts';
import { serveStream } from '../streams/serve-stream.ts';
import { serveUpload } from '../streams/serve-upload.ts';
import type { StreamTools } from '../streams/stream-tools.ts';
import { type Admission, admit } from './admit.ts';
import { createClientIp } from './client-ip.ts';
import { createCors } from './cors.ts';
import type { HttpLimits } from './http-server.ts';
import { noteEnd } from './observe.ts';
import { type Page, sendPage } from './pages.ts';
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
export class RequestHandler implements ReplyEvents {
  readonly #options: RequestHandlerOptions;
  readonly #upgrades: Upgrades;
  readonly #clientIp: ReturnType<typeof createClientIp>;
  readonly #allowOrigin: ReturnType<typeof createCors>;

  constructor(options: RequestHandlerOptions) {
    const { limits, origins, mapper } = options;
    this.#options = options;
    this.#clientIp = createClientIp(limits.trustedProxies);
    this.#allowOrigin = createCors(origins, mapper.answerHeaders);
    this.#upgrades = createUpgrades(limits.bodyLimitBytes);
  }

  onRequest(raw: HttpRequest, answer: HttpAnswer): void {
    const request = new GatewayRequest(raw, this.#clientIp(raw));
    const pair = { request, reply: new Reply(request, answer, this) };
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
    const exchange = beginExchange(request.raw, this.#options);
    request.exchange = exchange;
    reply.header('x-trace-id', exchange.trace.traceId);
    this.#allowOrigin(request, reply);
    return exchange;
  }

  #carryOut(exchange: Exchange, pair: Pair): Promise<void> | undefined {
    const { admitted } = exchange;
    if (admitted === undefined) return undefined;
    const { request, reply } = pair;
    const { caller, streams, origins, answers } = this.#options;
    const { headers, raw } = request;
    reply.answer.inviteBody();
    if (admitted.route.exchange === 'socket') reply.header('upgrade', 'websocket');
    checkUpgrade(admitted.route, request, origins);
    const service: Service = { admitted, exchange, answers, request, reply, contentType: headers['content-type'] };
    if (raw.isWebSocket) {
      return serveSocket(this.#streamTools(request), service, () => this.#upgrades.accept(reply));
    }
    if (admitted.route.exchange === 'upload') return serveUpload(caller, service, streams.settings.uploadLimitBytes);
    return request.takesBody ? this.#serveBody(service) : this.#serve(service);
  }

  async #serveBody(service: Service): Promise<void> {
    const { request } = service;
    request.body = await request.raw.readBody(this.#options.limits.bodyLimitBytes);
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
    reply.answer.abort();
  }

  onSend(reply: Reply): void {
    const { exchange } = reply.request;
    // The gateway's own pages have headers of their own.
    if (exchange !== null && !exchange.isPage) setMappedHeaders(exchange, reply);
  }

  onClose({ request: { exchange, method }, status }: Reply, isWhole: boolean): void {
    if (exchange !== null) noteEnd(exchange, { method, status, isWhole }, this.#options);
  }
}

function setMappedHeaders({ mapped, answered }: Exchange, reply: Reply): void {
  for (const { name, value, overwrite } of mapped.answer((key) => answered?.get(key) ?? undefined)) {
    if (overwrite || !reply.hasHeader(name)) reply.header(name, value);
  }
}
