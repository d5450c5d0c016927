import type { Clock, Meter } from '@mainstay/kernel';
import type { StreamEvent } from '../event-store/stream-event.ts';

/** What a follower measures. */
export interface FollowerMetrics {
  applied(projection: string, events: readonly StreamEvent[]): void;
}

/** Declares the metrics of a follower. */
export function createFollowerMetrics(meter: Meter, clock: Clock): FollowerMetrics {
  const labelNames = ['projection'];
  const applied = meter.counter({
    name: 'mainstay.projection.applied',
    description: 'Events applied to a projection that follows, also those it takes nothing from',
    unit: '{event}',
    labelNames,
  });
  const delay = meter.histogram({
    name: 'mainstay.projection.delay',
    description: 'Age of the newest event of a batch when the projection has it',
    unit: 's',
    labelNames,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300],
  });
  return {
    applied(projection, events) {
      const last = events.at(-1);
      if (last === undefined) return;
      applied.add(events.length, { projection });
      delay.record(Math.max(0, clock.nowMs() - last.time.getTime()) / 1_000, { projection });
    },
  };
}
