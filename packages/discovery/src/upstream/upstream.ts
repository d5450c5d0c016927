import type { Clock, Logger, Meter } from '@mainstay/kernel';
import type { Balancer } from '../balancer.ts';
import type { BalancingPolicy, PolicyName } from '../policy/balancing-policy.ts';

/** How an upstream is set up. */
export interface UpstreamOptions {
  /** Name of the called service, in statistics, logs and messages. */
  readonly name: string;
  readonly policy: BalancingPolicy;
  /** Default the machine's clock. */
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** `mainstay.upstream.*`, written at most once a second; default silent. */
  readonly meter?: Meter;
  /** Zone of this client, compared with the endpoints' metadata `zone`. */
  readonly zone?: string | undefined;
  /** Tells clients apart for subsetting, default a random id: a client that restarts with it keeps its subset. */
  readonly clientId?: string | undefined;
  /** Source of randomness in [0, 1), default `Math.random`. */
  readonly random?: () => number;
}

/** Times of the last one to two minutes in milliseconds; undefined when there were none. */
export interface LatencyStats {
  readonly p50: number | undefined;
  readonly p99: number | undefined;
}

/** What happened at one endpoint since this client knows it. */
export interface EndpointStats {
  readonly id: string;
  readonly address: string;
  readonly zone: string | undefined;
  /** `unused` is outside the subset, the best state, or the list as it is now. */
  readonly use: 'used' | 'ejected' | 'unused';
  readonly weight: number;
  /** Share of its weight in slow start, else 1. */
  readonly warmth: number;
  readonly picks: number;
  readonly inFlight: number;
  readonly successes: number;
  readonly errors: number;
  readonly canceled: number;
  readonly ejections: number;
  /** Time until it is let in again; 0 when it is not ejected. */
  readonly ejectedForMs: number;
  readonly latencyMs: LatencyStats;
}

/** What happened at an upstream since the start, and how it stands. */
export interface UpstreamStats {
  readonly name: string;
  readonly policy: PolicyName;
  /** Endpoints offered, and how many of them take calls now. */
  readonly endpoints: number;
  readonly used: number;
  readonly ejected: number;
  /** So few endpoints were usable that all are used. */
  readonly isPanic: boolean;
  readonly picks: number;
  readonly inFlight: number;
  readonly successes: number;
  readonly errors: number;
  readonly canceled: number;
  readonly ejections: number;
  /** Calls refused by a limit of the pool. */
  readonly overflows: number;
  readonly latencyMs: LatencyStats;
  readonly byEndpoint: readonly EndpointStats[];
}

/**
 * A balancer with a memory: spreads the calls to one service by a policy, takes failing endpoints out, spares new ones,
 * and counts.
 *
 * Terms: an endpoint is *offered* when it stands in the list given to `pick`, *ejected* after failures, *warming* in
 * slow start, *used* when calls may go to it now.
 */
export interface Upstream extends Balancer {
  readonly name: string;
  /** The policy in force. */
  readonly policy: BalancingPolicy;
  /** Puts another policy in force; calls under way, counters and ejections go on. */
  configure(policy: BalancingPolicy): void;
  /** Counts a call that a limit of the pool refused. */
  noteOverflow(): void;
  stats(): UpstreamStats;
}
