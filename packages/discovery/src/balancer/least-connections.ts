import type { Endpoint } from '../endpoint.ts';
import type { Balancer } from './balancer.ts';

/**
 * Picks the endpoint with the fewest calls of this process in flight; equals take turns.
 *
 * Only calls of this process are counted: other callers' load is known too late to steer by.
 */
export function createLeastConnections(): Balancer {
  const inFlight = new Map<string, number>();
  let turn = 0;

  return {
    pick(endpoints) {
      if (endpoints.length === 0) return undefined;
      const start = turn++ % endpoints.length;
      let best: Endpoint | undefined;
      let bestCount = Number.POSITIVE_INFINITY;
      for (let i = 0; i < endpoints.length; i++) {
        const endpoint = endpoints[(start + i) % endpoints.length] as Endpoint;
        const count = inFlight.get(endpoint.id) ?? 0;
        if (count < bestCount) {
          best = endpoint;
          bestCount = count;
        }
      }
      return best;
    },
    begin(endpoint) {
      inFlight.set(endpoint.id, (inFlight.get(endpoint.id) ?? 0) + 1);
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        const count = (inFlight.get(endpoint.id) ?? 1) - 1;
        if (count === 0) inFlight.delete(endpoint.id);
        else inFlight.set(endpoint.id, count);
      };
    },
  };
}
