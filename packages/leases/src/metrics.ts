import type { Counter, Gauge, Histogram, Meter } from '@mainstay/kernel';

/** What a keeper measures, by name of the lease. */
export interface LeaseMetrics {
  /** 1 while this process holds the lease, else 0. */
  readonly held: Gauge;
  /** Times this process became the holder. */
  readonly acquired: Counter;
  /** Leases that ended while their work was running. */
  readonly lost: Counter;
  /** Writes that the database refused because their epoch was over. */
  readonly refusedWrites: Counter;
  /** Seconds between the last sign of life of a holder that vanished and the moment this process took over. */
  readonly failover: Histogram;
}

/** Declares the metrics of a keeper. */
export function createLeaseMetrics(meter: Meter): LeaseMetrics {
  const labelNames = ['lease'];
  return {
    held: meter.gauge({
      name: 'mainstay.leases.held',
      description: '1 while this process holds the lease',
      unit: '{lease}',
      labelNames,
    }),
    acquired: meter.counter({
      name: 'mainstay.leases.acquired',
      description: 'Times this process became the holder',
      unit: '{lease}',
      labelNames,
    }),
    lost: meter.counter({
      name: 'mainstay.leases.lost',
      description: 'Leases that ended while their work was running',
      unit: '{lease}',
      labelNames,
    }),
    refusedWrites: meter.counter({
      name: 'mainstay.leases.writes.refused',
      description: 'Writes refused because the epoch of their lease was over',
      unit: '{write}',
      labelNames,
    }),
    failover: meter.histogram({
      name: 'mainstay.leases.failover.time',
      description: 'Time from the last sign of life of a vanished holder to the next one',
      unit: 's',
      labelNames,
      buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 7.5, 10, 12.5, 15, 30, 60, 120],
    }),
  };
}
