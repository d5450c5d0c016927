import { optionError } from '@mainstay/kernel';
import type { ConnectionPool } from '../database/connection-pool.ts';
import type { PoolMetrics } from '../database/pool-metrics.ts';
import { runOnReplica, runReading, type StatementPlace } from '../database/single-statement.ts';
import type { RunStatement } from '../transaction/scope.ts';
import type { TransactionOptions } from '../transaction/transaction.ts';
import type { ReplicaSet } from './replica-set.ts';

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

const primary: RoutedTarget = Object.freeze({});

/** Makes the routing; without replicas everything runs on the primary. */
export function createRouting(replicas: ReplicaSet | undefined, place: StatementPlace): Routing {
  return {
    async run(statement) {
      if (replicas === undefined) return await runReading(place, statement);
      return await replicas.read({
        maxLagMs: undefined,
        onReplica: ({ pool }) => runOnReplica({ ...place, pool }, statement),
        onPrimary: () => runReading(place, statement),
      });
    },
    async transaction(options, attempt) {
      const { reads = 'primary' } = options;
      if (reads === 'primary') return await attempt(primary);
      requireReadOnly(options);
      if (replicas === undefined) return await attempt(primary);
      return await replicas.read({
        maxLagMs: reads === 'replica' ? undefined : reads.maxLagMs,
        onReplica: ({ pool, transactions }) => attempt({ pool, metrics: transactions }),
        onPrimary: () => attempt(primary),
      });
    },
  };
}

function requireReadOnly({ reads, readOnly, isolation }: TransactionOptions): void {
  if (readOnly !== true) throw optionError('transaction.reads', 'primary, unless readOnly is true', reads);
  if (isolation === 'serializable')
    throw optionError('transaction.reads', 'primary with isolation serializable', reads);
  if (typeof reads === 'object' && !(reads.maxLagMs >= 1)) {
    throw optionError('transaction.reads.maxLagMs', 'a number of at least 1', reads.maxLagMs);
  }
}
