import { type Clock, kernelReasons, type Logger, PlatformError } from '@mainstay/kernel';
import { type Exchange, inTrace } from '../exchange/exchange.ts';
import type { GatewayMetrics } from '../gateway-metrics.ts';

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

/** How a request ended. */
export interface RequestEnd {
  readonly method: string;
  /** That of the answer, if it could be sent. */
  readonly status: number;
  /** Whether the answer has left as a whole. */
  readonly isWhole: boolean;
}

/**
 * Cancels the request of a client that has gone; logs and measures every request that is over: one line, without query, body or
 * header.
 */
export function noteEnd(exchange: Exchange, end: RequestEnd, { clock, logger, metrics }: ObserveTools): void {
  const { method, isWhole } = end;
  if (!isWhole) {
    exchange.cancellation.cancel(new PlatformError(kernelReasons.CANCELED, 'the client went away before the answer'));
  }
  const status = exchange.isSocket ? switchingProtocols : isWhole ? end.status : clientClosedRequest;
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
