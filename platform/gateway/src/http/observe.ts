import type { Clock, Logger } from '@mainstay/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Exchange, inTrace } from './exchange.ts';
import type { GatewayMetrics } from './gateway-metrics.ts';

/** Status in logs and metrics of a WebSocket, when it is over. */
const switchingProtocols = 101;
/** Status in logs and metrics of a request whose client went away before the answer. */
const clientClosedRequest = 499;

/**
 * Logs and measures a request when its answer is sent or its client has gone: one line, without query, body or header.
 */
export function observe(
  exchange: Exchange,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  { clock, logger, metrics }: { readonly clock: Clock; readonly logger: Logger; readonly metrics: GatewayMetrics },
): void {
  reply.raw.once('close', () => {
    const answered = reply.raw.writableFinished ? reply.raw.statusCode : clientClosedRequest;
    const status = exchange.isSocket ? switchingProtocols : answered;
    const durationMs = clock.monotonicMs() - exchange.startedAtMs;
    const route = exchange.routeTemplate ?? 'none';
    metrics.served({ method: request.method, route, status, seconds: durationMs / 1_000 });
    const fields = {
      method: request.method,
      route,
      status,
      duration_ms: Math.round(durationMs * 10) / 10,
      ...(exchange.client !== undefined && { client: exchange.client.id }),
      ...(exchange.problemReason !== undefined && { reason: exchange.problemReason }),
    };
    inTrace(exchange, () => logger.info('request', fields));
  });
}
