import { type Clock, kernelReasons, type Logger, PlatformError } from '@mainstay/kernel';
import { type Exchange, inTrace } from './exchange.ts';
import type { GatewayMetrics } from './gateway-metrics.ts';
import type { GatewayRequest } from './gateway-request.ts';
import type { Reply } from './reply.ts';

/** Status in logs and metrics of a WebSocket, when it is over. */
const switchingProtocols = 101;
/** Status in logs and metrics of a request whose client went away before the answer. */
const clientClosedRequest = 499;

/** What observing takes. */
export interface ObserveTools {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
}

/**
 * Watches whether the client stays, and logs and measures the request when its answer is sent or its client has gone: one line, without
 * query, body or header.
 */
export function observe(
  exchange: Exchange,
  { request, reply }: { readonly request: GatewayRequest; readonly reply: Reply },
  tools: ObserveTools,
): void {
  const { raw } = reply;
  // Comes once, so there is nothing to take away.
  raw.on('close', () => {
    const isAnswered = raw.writableFinished;
    if (!isAnswered) {
      exchange.cancellation.cancel(new PlatformError(kernelReasons.CANCELED, 'the client went away before the answer'));
    }
    const status = exchange.isSocket ? switchingProtocols : isAnswered ? raw.statusCode : clientClosedRequest;
    note(exchange, { method: request.method, status }, tools);
  });
}

function note(
  exchange: Exchange,
  { method, status }: { readonly method: string; readonly status: number },
  { clock, logger, metrics }: ObserveTools,
): void {
  const durationMs = clock.monotonicMs() - exchange.startedAtMs;
  const { client, problemReason, routeTemplate: route = 'none' } = exchange;
  metrics.served({ method, route, status, seconds: durationMs / 1_000 });
  const fields: Record<string, unknown> = {
    method,
    route,
    status,
    duration_ms: Math.round(durationMs * 10) / 10,
  };
  if (client !== undefined) fields['client'] = client.id;
  const assignment = exchange.admitted?.assignment;
  if (assignment !== undefined) fields['version'] = assignment.servedBy ?? 'none';
  if (problemReason !== undefined) fields['reason'] = problemReason;
  inTrace(exchange, () => logger.info('request', fields));
}
