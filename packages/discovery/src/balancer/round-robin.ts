import type { Balancer } from './balancer.ts';

/**
 * Takes turns over the list as given.
 *
 * Picks are synchronous, so concurrent calls never get the same turn: 300 picks over 3 endpoints are 100 each.
 */
export function createRoundRobin(): Balancer {
  let turn = 0;
  return {
    pick(endpoints) {
      if (endpoints.length === 0) return undefined;
      const endpoint = endpoints[turn % endpoints.length];
      turn = (turn + 1) % Number.MAX_SAFE_INTEGER;
      return endpoint;
    },
    begin: () => () => undefined,
  };
}
