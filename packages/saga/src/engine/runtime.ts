import type { Clock, Logger } from '@mainstay/kernel';
import type { Identity } from '@mainstay/kernel/context';
import type { Database } from '@mainstay/postgres';
import type { SagaMetrics } from './metrics.ts';

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
  readonly leaseMs: number;
  /** A number in [0, 1), for jitter. */
  readonly random: () => number;
  /** True once the engine stops: sagas are given up at their next checkpoint. */
  readonly isStopping: () => boolean;
}
