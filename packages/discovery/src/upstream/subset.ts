import type { Endpoint } from '../endpoint.ts';
import { hashText, mix } from '../picker/hash.ts';

/**
 * Chooses the endpoints that one client of many uses, the same ones at every call.
 *
 * Rendezvous hashing: each client ranks all endpoints in an order of its own and takes the first `size`. An endpoint
 * that leaves is replaced in those subsets only that held it, and one that comes displaces at most one in each.
 *
 * Shape: in the order of `endpoints`.
 * Cost:  one hash per endpoint and a sort, when the list changes.
 */
export function chooseSubset(endpoints: readonly Endpoint[], size: number, clientId: string): readonly Endpoint[] {
  if (size === 0 || endpoints.length <= size) return endpoints;
  const client = hashText(clientId);
  const ranked = endpoints.map((endpoint, index) => ({ index, rank: mix(hashText(endpoint.id) ^ client) }));
  ranked.sort((a, b) => a.rank - b.rank || a.index - b.index);
  const chosen = ranked.slice(0, size).map(({ index }) => index);
  return chosen.toSorted((a, b) => a - b).map((index) => endpoints[index] as Endpoint);
}
