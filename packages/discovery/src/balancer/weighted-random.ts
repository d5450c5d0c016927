import type { Endpoint } from '../endpoint.ts';
import type { Balancer } from './balancer.ts';

/** How much one call moves the failure ratio: about the last 20 calls count. */
const smoothing = 0.1;
/** Share of its weight that a failing endpoint keeps, so that its recovery is noticed. */
const minimumShare = 0.05;

/**
 * Picks at random by weight × (1 − failure ratio of the last calls).
 *
 * Shape: ratios are kept per endpoint id and forgotten when the id is no longer offered.
 */
export function createWeightedRandom(random: () => number): Balancer {
  const failureRatios = new Map<string, number>();
  const weightOf = (endpoint: Endpoint): number =>
    endpoint.weight * Math.max(minimumShare, 1 - (failureRatios.get(endpoint.id) ?? 0));

  return {
    pick(endpoints) {
      forgetMissing(failureRatios, endpoints);
      const total = endpoints.reduce((sum, endpoint) => sum + weightOf(endpoint), 0);
      let rest = random() * total;
      for (const endpoint of endpoints) {
        rest -= weightOf(endpoint);
        if (rest < 0) return endpoint;
      }
      return endpoints.at(-1);
    },
    begin(endpoint) {
      return (outcome) => {
        if (outcome === 'canceled') return;
        const before = failureRatios.get(endpoint.id) ?? 0;
        failureRatios.set(endpoint.id, before + smoothing * ((outcome === 'failure' ? 1 : 0) - before));
      };
    },
  };
}

/** Retries offer shorter lists, so only a map clearly larger than the list is swept. */
function forgetMissing(ratios: Map<string, number>, endpoints: readonly Endpoint[]): void {
  if (ratios.size <= endpoints.length * 2 + 16) return;
  const offered = new Set(endpoints.map((endpoint) => endpoint.id));
  for (const id of ratios.keys()) if (!offered.has(id)) ratios.delete(id);
}
