import type { Meter } from '@mainstay/kernel';

/** What a relay measures. */
export interface RelayMetrics {
  relayed(count: number, oldestAgeMs: number): void;
  backlog(now: { waiting: number; oldestSeconds: number }): void;
}

/** Declares the metrics of a relay. */
export function createRelayMetrics(meter: Meter, source: string): RelayMetrics {
  const labels = { source };
  const labelNames = ['source'];
  const relayed = meter.counter({
    name: 'mainstay.outbox.relayed',
    description: 'Events handed to the bus',
    unit: '{event}',
    labelNames,
  });
  const age = meter.histogram({
    name: 'mainstay.outbox.delay',
    description: 'Age of the oldest event of a batch when the bus has it',
    unit: 's',
    labelNames,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300],
  });
  const waiting = meter.gauge({
    name: 'mainstay.outbox.waiting',
    description: 'Events that were committed and are not on the bus',
    unit: '{event}',
    labelNames,
  });
  const oldest = meter.gauge({
    name: 'mainstay.outbox.oldest_age',
    description: 'Age of the oldest event that is not on the bus',
    unit: 's',
    labelNames,
  });
  return {
    relayed(count, oldestAgeMs) {
      relayed.add(count, labels);
      age.record(oldestAgeMs / 1_000, labels);
    },
    backlog(now) {
      waiting.set(now.waiting, labels);
      oldest.set(now.oldestSeconds, labels);
    },
  };
}
