import type { Endpoint } from '../endpoint.ts';

/** How a caller spreads its calls; chosen per dependency. */
export type BalancerStrategy = 'round_robin' | 'random' | 'weighted_random' | 'least_connections';

/** How a call to an endpoint ended, as far as the endpoint is to blame. */
export type CallOutcome = 'success' | 'failure' | 'canceled';

/** Picks an endpoint per call. One balancer serves one dependency of one process. */
export interface Balancer {
  /** Picks one; undefined only for an empty list. */
  pick(endpoints: readonly Endpoint[]): Endpoint | undefined;
  /** Notes the start of a call; call the returned function once when it ends. */
  begin(endpoint: Endpoint): (outcome: CallOutcome) => void;
}
