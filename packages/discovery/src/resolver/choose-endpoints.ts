import type { Endpoint, EndpointState } from '../endpoint.ts';

/** Metadata that must match exactly, for example `{ version: '2.1.0' }`. */
export type EndpointFilter = Readonly<Record<string, string>>;

const tiers: readonly EndpointState[] = ['healthy', 'degraded', 'suspect'];

/**
 * Chooses what a caller may use now: matching endpoints of the best state that is left.
 *
 * Endpoints put aside are left out while any other matching one exists in whatever state; when all are put aside they
 * all count again, because a doubtful endpoint is better than none.
 */
export function chooseEndpoints(
  endpoints: readonly Endpoint[],
  isAside: (endpoint: Endpoint) => boolean,
  filter?: EndpointFilter,
): readonly Endpoint[] {
  const matching = filter === undefined ? endpoints : endpoints.filter((endpoint) => matches(endpoint, filter));
  const usable = matching.filter((endpoint) => !isAside(endpoint));
  return bestTier(usable.length > 0 ? usable : matching);
}

function matches(endpoint: Endpoint, filter: EndpointFilter): boolean {
  return Object.entries(filter).every(([key, value]) => endpoint.metadata[key] === value);
}

function bestTier(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  for (const tier of tiers) {
    const found = endpoints.filter((endpoint) => endpoint.state === tier);
    if (found.length > 0) return found;
  }
  return [];
}
