import type { Meter } from '@mainstay/kernel';

/** Use of the pool at this moment. */
export interface PoolStats {
  /** Open connections. */
  readonly total: number;
  /** Open connections that nobody holds. */
  readonly idle: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
}

/** What the pool reports; one set of metrics per database name. */
export interface PoolMetrics {
  acquired(stats: PoolStats, waitedMs: number): void;
  released(stats: PoolStats): void;
  /** A transaction ended; `outcome` is `commit`, or the reason it failed with. */
  transactionEnded(name: string, outcome: string, durationMs: number): void;
  /** A transaction met a conflict and runs again. */
  transactionRepeated(name: string): void;
}

const secondBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Declares the metrics of a pool, named as OpenTelemetry's semantic conventions for database clients where those have a name.
 */
export function createPoolMetrics(meter: Meter, database: string): PoolMetrics {
  const pool = { pool: database };
  const connections = meter.gauge({
    name: 'db.client.connection.count',
    description: 'Open connections by state',
    unit: '{connection}',
    labelNames: ['pool', 'state'],
  });
  const waiting = meter.gauge({
    name: 'db.client.connection.pending_requests',
    description: 'Callers that wait for a connection',
    unit: '{request}',
    labelNames: ['pool'],
  });
  const waitTime = meter.histogram({
    name: 'db.client.connection.wait_time',
    description: 'Time until a connection was acquired',
    unit: 's',
    labelNames: ['pool'],
    buckets: secondBuckets,
  });
  const duration = meter.histogram({
    name: 'mainstay.postgres.transaction.duration',
    description: 'Time from begin to commit or rollback',
    unit: 's',
    labelNames: ['pool', 'transaction', 'outcome'],
    buckets: secondBuckets,
  });
  const repeats = meter.counter({
    name: 'mainstay.postgres.transaction.repeats',
    description: 'Transactions that ran again after a serialization failure, deadlock or lock time-out',
    unit: '{transaction}',
    labelNames: ['pool', 'transaction'],
  });
  const show = (stats: PoolStats): void => {
    connections.set(stats.idle, { ...pool, state: 'idle' });
    connections.set(stats.total - stats.idle, { ...pool, state: 'used' });
    waiting.set(stats.waiting, pool);
  };
  return {
    acquired(stats, waitedMs) {
      show(stats);
      waitTime.record(waitedMs / 1_000, pool);
    },
    released: show,
    transactionEnded(transaction, outcome, durationMs) {
      duration.record(durationMs / 1_000, { ...pool, transaction, outcome });
    },
    transactionRepeated(transaction) {
      repeats.add(1, { ...pool, transaction });
    },
  };
}
