import type { Endpoint } from './endpoint.ts';

/** How a caller spreads its calls; chosen per dependency. */
export type BalancerStrategy =
  | 'least_connections'
  | 'least_request'
  | 'pick_first'
  | 'random'
  | 'ring_hash'
  | 'round_robin'
  | 'weighted_random'
  | 'weighted_round_robin';

/** How a call to an endpoint ended, as far as the endpoint is to blame. */
export type CallOutcome = 'success' | 'failure' | 'canceled';

/** What is known about the call that an endpoint is picked for. */
export interface PickRequest {
  /** Calls of one key go to one endpoint under `ring_hash`; others ignore it. */
  readonly key?: string | undefined;
  /** Ids of endpoints this call has tried; another one is picked as long as there is one. */
  readonly tried?: ReadonlySet<string> | undefined;
}

/** Picks an endpoint per call. One balancer serves one dependency of one process. */
export interface Balancer {
  /**
   * Picks one; undefined only for an empty list.
   *
   * @param endpoints - the same array as long as nothing changed: a new one is compiled, a known one is not looked at.
   */
  pick(endpoints: readonly Endpoint[], request?: PickRequest): Endpoint | undefined;
  /** Notes the start of a call; call the returned function once when it ends. */
  begin(endpoint: Endpoint): (outcome: CallOutcome) => void;
}
