import type { Clock, Logger } from '@mainstay/kernel';
import type { Identity } from '@mainstay/kernel/context';
import type { Database } from '@mainstay/postgres';
import type { CommitQueue } from './commit-queue.ts';
import type { SagaMetrics } from './metrics.ts';
import type { TransactionQueue } from './transaction-queue.ts';

/** What the parts of an engine share. */
export interface SagaRuntime {
  readonly database: Pick<Database, 'query' | 'transaction'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: SagaMetrics;
  /** Unique per engine; stands in the rows it claims. */
  readonly owner: string;
  /** Who makes the calls of the steps. */
  readonly identity: Identity;
  /** A number in [0, 1), for jitter. */
  readonly random: () => number;
  readonly commits: CommitQueue;
  readonly transactions: TransactionQueue;
  /** When the lease of this runner ends, by the monotonic clock. */
  readonly leaseEndsAtMs: () => number;
  /** Tells the runner that a saga has work. */
  readonly wake: (id: string) => void;
  /** True once the engine stops: sagas are given up at their next checkpoint. */
  readonly isStopping: () => boolean;
}
