import type { Meter } from '@mainstay/kernel';
import type { NoReplica } from './choose-replica.ts';

/** Why a read that might have run on a replica runs on the primary. */
export type PrimaryCause = NoReplica | 'not_written_yet' | 'failed' | 'keyed';

/** What is measured of the replicas of one database. */
export interface ReplicaMetrics {
  readOn(replica: string): void;
  readOnPrimary(cause: PrimaryCause): void;
  waited(seconds: number): void;
  checked(
    replica: string,
    state: { readonly isUsable: boolean; readonly lagSeconds: number; readonly lagBytes: number },
  ): void;
}

const waitBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/** Declares the metrics; `pool` is the name of the database. */
export function createReplicaMetrics(meter: Meter, pool: string): ReplicaMetrics {
  const reads = meter.counter({
    name: 'mainstay.postgres.replica.reads',
    description: 'Reads that might run on a replica, by where they ran and why there',
    unit: '{read}',
    labelNames: ['pool', 'target', 'cause'],
  });
  const waits = meter.histogram({
    name: 'mainstay.postgres.replica.wait_time',
    description: 'Time that reads waited for a replica to show what their call had written',
    unit: 's',
    labelNames: ['pool'],
    buckets: waitBuckets,
  });
  const usable = meter.gauge({
    name: 'mainstay.postgres.replica.usable',
    description: '1 when a replica answers as a standby, 0 when it gets no reads',
    unit: '1',
    labelNames: ['pool', 'replica'],
  });
  const lagTime = meter.gauge({
    name: 'mainstay.postgres.replica.lag_time',
    description: 'Age of the newest moment whose commits a replica shows for certain',
    unit: 's',
    labelNames: ['pool', 'replica'],
  });
  const lagBytes = meter.gauge({
    name: 'mainstay.postgres.replica.lag_bytes',
    description: 'Bytes of the log that a replica had not replayed at the last check',
    unit: 'By',
    labelNames: ['pool', 'replica'],
  });
  return {
    readOn: (replica) => reads.add(1, { pool, target: replica, cause: 'chosen' }),
    readOnPrimary: (cause) => reads.add(1, { pool, target: 'primary', cause }),
    waited: (seconds) => waits.record(seconds, { pool }),
    checked(replica, state) {
      usable.set(state.isUsable ? 1 : 0, { pool, replica });
      // A replica that never was level has no age that a gauge could show.
      if (Number.isFinite(state.lagSeconds)) lagTime.set(state.lagSeconds, { pool, replica });
      lagBytes.set(state.lagBytes, { pool, replica });
    },
  };
}
