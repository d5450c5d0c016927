import { type Endpoint, staticEndpoint } from '../endpoint.ts';
import type { EndpointSource } from './endpoint-source.ts';

/**
 * Makes a source of endpoints that never change.
 *
 * @param endpoints - addresses (`host:port`) or whole endpoints, for weights and zones.
 */
export function createStaticSource(endpoints: readonly (string | Endpoint)[]): EndpointSource {
  const list = endpoints.map((entry) => (typeof entry === 'string' ? staticEndpoint(entry) : entry));
  return {
    start: () => undefined,
    endpoints: () => list,
    onChange: () => () => undefined,
    reportFailure: () => undefined,
    status: () => ({ kind: 'static', endpoints: list.length, staleForMs: 0, lastError: undefined }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
