import type { BalancerStrategy } from '../balancer.ts';

/** Every policy that a description may name. */
export const policyNames = [
  'least_connections',
  'least_request',
  'pick_first',
  'random',
  'ring_hash',
  'round_robin',
  'weighted_random',
  'weighted_round_robin',
] as const satisfies readonly BalancerStrategy[];

/** Name of a balancing policy. */
export type PolicyName = (typeof policyNames)[number];

/** Where the key comes from that keeps calls together under `ring_hash`. */
export type AffinityKey =
  | { readonly from: 'header'; readonly name: string }
  | { readonly from: 'user' }
  | { readonly from: 'idempotency_key' };

/** How an endpoint that fails is taken out for a while. */
export interface OutlierPolicy {
  /** Failures in a row that eject, default 5; 0 switches this rule off. */
  readonly consecutiveErrors: number;
  /** How often success rates are compared, and how long it takes to forget one ejection, in milliseconds, default 30,000. */
  readonly intervalMs: number;
  /** First ejection, in milliseconds, default 30,000; the n-th in a row takes n times as long. */
  readonly baseEjectionMs: number;
  /** Longest ejection, in milliseconds, default 300,000. */
  readonly maxEjectionMs: number;
  /** Most of the endpoints that are out at one time, 0 to 100, default 50, rounded down: one of one is never ejected. */
  readonly maxEjectionPercent: number;
  /** Ejects endpoints that succeed clearly less often than the others; default off. */
  readonly successRate: SuccessRatePolicy | undefined;
}

/** When an endpoint counts as worse than its peers. */
export interface SuccessRatePolicy {
  /** Endpoints with enough calls that there must be to compare, default 5. */
  readonly minEndpoints: number;
  /** Calls in an interval that count as enough, default 100. */
  readonly minCalls: number;
  /** Standard deviations below the mean that eject, default 1.9. */
  readonly deviations: number;
}

/** What a client may have open and under way; 0 is no limit. */
export interface PoolPolicy {
  /** Connections to all endpoints together, default 0. */
  readonly maxConnections: number;
  /**
   * Connections to one endpoint that are opened when 100 calls are under way on each, default 1. Beyond them one is opened when
   * each carries all calls that the endpoint takes on a connection, so that no call waits behind streams that are held.
   */
  readonly maxConnectionsPerEndpoint: number;
  /** Calls under way at one time, default 0. */
  readonly maxRequests: number;
  /** Calls after which a connection is replaced, default 0. */
  readonly maxRequestsPerConnection: number;
  /** How long opening a connection may take, in milliseconds, default 2,000. */
  readonly connectTimeoutMs: number;
}

/** How endpoints that are new, or back, are spared. */
export interface SlowStartPolicy {
  /** Time until a full share, in milliseconds, default 10,000; 0 switches it off. */
  readonly windowMs: number;
  /** Share of its weight that it begins with, default 0.1. */
  readonly minWeightRatio: number;
  /** 1 grows evenly (default), above 1 faster at the beginning. */
  readonly aggression: number;
}

/** Whether callers stay in their own zone. */
export interface ZonePolicy {
  /** Default false. */
  readonly preferLocal: boolean;
  /** Local share is this times the usable part of the zone, default 1.4: all stays local down to 71 % of usable endpoints. */
  readonly overprovisioningRatio: number;
}

/**
 * The one description of how calls to a service are spread, with all defaults filled in.
 *
 * Shape: plain values, so that it can stand in a file; `parseBalancingPolicy` makes one.
 */
export interface BalancingPolicy {
  readonly policy: PolicyName;
  /** Of `least_request`: how many are compared, default 2. */
  readonly leastRequest: { readonly choices: number };
  /** Of `ring_hash`: points on the ring for a weight of 1 (default 128), most load over the mean (1.25), and where keys come from. */
  readonly ringHash: {
    readonly pointsPerEndpoint: number;
    readonly maxLoadRatio: number;
    readonly key: AffinityKey | undefined;
  };
  readonly zone: ZonePolicy;
  readonly slowStart: SlowStartPolicy;
  readonly outlier: OutlierPolicy;
  /** Below this share of usable endpoints all are used, 0 to 100, default 50; 0 switches it off. */
  readonly panicThresholdPercent: number;
  /** Endpoints this client uses of all, default 0: all. */
  readonly subsetSize: number;
  readonly pool: PoolPolicy;
  /** Calls wait for an endpoint up to their deadline instead of failing at once, default false. */
  readonly waitForReady: boolean;
  /**
   * Calls whose deadline leaves less than what 99 of 100 of their method need are not sent, default true; never while
   * fewer than 100 answers of the last minutes are known, and one in ten goes all the same.
   */
  readonly refuseHopeless: boolean;
}

type Loose<T> = {
  readonly [K in keyof T]?:
    | (T[K] extends object | undefined ? (T[K] extends AffinityKey | undefined ? T[K] : Loose<T[K]>) : T[K])
    | undefined;
};

/** A description as people write it: only `policy` is required. */
export type BalancingPolicyInput = Loose<Omit<BalancingPolicy, 'policy'>> & { readonly policy: PolicyName };
