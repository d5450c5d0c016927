import { type Meter, type Recorder, recorderOf } from '@mainstay/kernel';
import { durationBuckets } from '@mainstay/telemetry';

/** What the gateway measures about its own work; circuits measure themselves. */
export interface GatewayMetrics {
  /** One answered request; `route` is a template, so the number of label values is bounded by the contracts. */
  served(request: {
    readonly method: string;
    readonly route: string;
    readonly status: number;
    readonly seconds: number;
  }): void;
  /** One request refused by a limit of this name, or by the quota. */
  limited(tier: string, by: string): void;
  /** Clients whose use is remembered. */
  buckets(count: number): void;
}

const knownMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Declares the metrics. */
export function createGatewayMetrics(meter: Meter): GatewayMetrics {
  const duration = meter.histogram({
    name: 'http.server.request.duration',
    description: 'Time from the headers of a request to the end of its answer',
    unit: 's',
    labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
    buckets: durationBuckets,
  });
  const limited = meter.counter({
    name: 'mainstay.gateway.rate_limited',
    description: 'Requests refused by a limit or by the monthly quota',
    unit: '{request}',
    labelNames: ['tier', 'limit'],
  });
  const buckets = meter.gauge({
    name: 'mainstay.gateway.rate_limit_buckets',
    description: 'Clients whose use of the limits is remembered',
    unit: '{bucket}',
  });
  // Routes are templates, and methods and statuses are few, so this stays small.
  const recorders = new Map<string, Recorder | undefined>();
  return {
    served({ method, route, status, seconds }) {
      const known = knownMethods.has(method) ? method : '_OTHER';
      const key = `${known} ${status} ${route}`;
      let record = recorders.get(key);
      if (record === undefined && !recorders.has(key)) {
        record = recorderOf(duration, {
          http_request_method: known,
          http_route: route,
          http_response_status_code: String(status),
        });
        recorders.set(key, record);
      }
      record?.(seconds);
    },
    limited: (tier, by) => limited.add(1, { tier, limit: by }),
    buckets: (count) => buckets.set(count),
  };
}
