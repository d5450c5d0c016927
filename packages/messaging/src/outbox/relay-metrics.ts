import type { Meter } from '@mainstay/kernel';
import { createProgressMetrics, type ProgressMetrics } from '../worker/progress-metrics.ts';
import type { Backlog } from './outbox-store.ts';

/** What a relay measures. */
export interface RelayMetrics extends ProgressMetrics {
  backlog(now: Pick<Backlog, 'waiting' | 'oldestSeconds'>): void;
}

/** Declares the metrics of a relay. */
export function createRelayMetrics(meter: Meter, source: string): RelayMetrics {
  const labels = { source };
  const labelNames = ['source'];
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
    ...createProgressMetrics(meter, labels, {
      counter: { name: 'mainstay.outbox.relayed', description: 'Events handed to the bus' },
      delay: { name: 'mainstay.outbox.delay', description: 'Age of the oldest event of a batch when the bus has it' },
    }),
    backlog(now) {
      waiting.set(now.waiting, labels);
      oldest.set(now.oldestSeconds, labels);
    },
  };
}
