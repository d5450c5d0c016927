import type { ConnectionPool } from '../connection/connection-pool.ts';
import type { PoolMetrics } from '../connection/pool-metrics.ts';
import type { RunStatement } from './scope.ts';
import type { TransactionOptions } from './transaction.ts';

/** Decides where reads of one database run. */
export interface Routing {
  /** Single statements that only read. */
  readonly run: RunStatement;
  /**
   * Runs a transaction on the replica or primary that its options lead to; with a replica it may be run twice, when the first fails.
   *
   * @param attempt - runs it with what differs between the two.
   * @throws {@link PlatformError} `OPTION_INVALID` when a transaction that may run on a replica is not read-only, or serializable.
   */
  transaction<T>(options: TransactionOptions, attempt: (target: RoutedTarget) => Promise<T>): Promise<T>;
}

/** Where a transaction runs; an empty one is the primary. */
export interface RoutedTarget {
  readonly pool?: ConnectionPool;
  readonly metrics?: PoolMetrics;
}
