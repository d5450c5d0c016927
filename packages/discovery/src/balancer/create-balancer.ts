import type { Balancer, BalancerStrategy } from './balancer.ts';
import { createLeastConnections } from './least-connections.ts';
import { createRandom } from './random.ts';
import { createRoundRobin } from './round-robin.ts';
import { createWeightedRandom } from './weighted-random.ts';

/** What the balancers need beside the endpoints. */
export interface BalancerOptions {
  /** Source of randomness in [0, 1), default `Math.random`. */
  readonly random?: () => number;
}

/**
 * Makes a balancer.
 *
 * `round_robin` takes turns; `random` picks evenly; `weighted_random` picks by weight, lowered by the share of failed
 * calls; `least_connections` picks the one with the fewest calls of this process in flight.
 * A strategy that does not exist (from a configuration file) is `random`.
 *
 * @example
 * const balancer = createBalancer('round_robin');
 * const endpoint = balancer.pick(resolver.resolve('orders'));
 */
export function createBalancer(strategy: BalancerStrategy, options: BalancerOptions = {}): Balancer {
  const random = options.random ?? Math.random;
  switch (strategy) {
    case 'round_robin':
      return createRoundRobin();
    case 'weighted_random':
      return createWeightedRandom(random);
    case 'least_connections':
      return createLeastConnections();
    default:
      return createRandom(random);
  }
}
