import type { AdaptiveLimitOptions, CircuitSettings } from '@mainstay/resilience';

/** What shares one circuit: a whole service, its reads and its writes apart, or each of its methods. */
export type CircuitScope = 'service' | 'operation' | 'method';

/** How failing calls are kept from going on. */
export interface CircuitPolicy {
  readonly scope: CircuitScope;
  /** Whether each tenant of callers has circuits of its own. */
  readonly perTenant: boolean;
  readonly settings: CircuitSettings;
  /** Settings of single operations over these: by `read` and `write`, or by method. */
  readonly operations: Readonly<Record<string, CircuitSettings>>;
}

/** What shares the places of one bulkhead: a whole service, or its reads and its writes apart. */
export type BulkheadScope = Exclude<CircuitScope, 'method'>;

/** How many calls there may be at a time, and how many may wait. */
export interface BulkheadPolicy {
  /** Default `operation`: either has all of the places named here. The concurrency limit is divided alike. */
  readonly scope?: BulkheadScope;
  readonly maxConcurrent: number;
  readonly maxQueued: number;
  readonly queueTimeoutMs: number;
}

/** Bounds of a limit on calls at a time that finds its own height. */
export interface ConcurrencyPolicy {
  readonly initialLimit: number;
  readonly minLimit: number;
  readonly maxLimit: number;
  /** How many times the usual duration is still no queue. */
  readonly tolerance: number;
}

/** How calls to one service are protected; what is undefined is off. */
export interface ProtectionPolicy {
  readonly circuit: CircuitPolicy | undefined;
  readonly bulkhead: BulkheadPolicy | undefined;
  readonly concurrency: ConcurrencyPolicy | undefined;
  /** For reads with one answer: a limit that follows their durations; the contract's own is never exceeded. */
  readonly adaptiveTimeout: AdaptiveLimitOptions | undefined;
}
