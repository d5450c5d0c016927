import type { Meter, MetricLabels } from '@mainstay/kernel';

/** Counts what a worker gets done, and how long after the fact. */
export interface ProgressMetrics {
  done(count: number, ageMs: number): void;
}

interface Named {
  readonly name: string;
  readonly description: string;
}

/** Declares the two metrics that relays, consumers and followers have in common: a counter of events, and their delay. */
export function createProgressMetrics(
  meter: Meter,
  labels: MetricLabels,
  { counter, delay }: { readonly counter: Named; readonly delay: Named },
): ProgressMetrics {
  const labelNames = Object.keys(labels);
  const count = meter.counter({ ...counter, unit: '{event}', labelNames });
  const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300];
  const age = meter.histogram({ ...delay, unit: 's', labelNames, buckets });
  return {
    done(events, ageMs) {
      count.add(events, labels);
      age.record(Math.max(0, ageMs) / 1_000, labels);
    },
  };
}
