import type { Meter } from '@mainstay/kernel';
import type { Outcome } from './resolution.ts';

/** What is measured of one coordinator. */
export interface TwoPhaseMetrics {
  ended(outcome: Outcome | 'in_doubt', seconds: number): void;
  recovered(outcome: Outcome): void;
  /** What stands prepared in a participant, and the age of the oldest. */
  standing(participant: string, count: number, oldestSeconds: number): void;
}

const secondBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Declares the metrics of a coordinator. */
export function createTwoPhaseMetrics(meter: Meter, coordinator: string): TwoPhaseMetrics {
  const labels = { coordinator };
  const duration = meter.histogram({
    name: 'mainstay.postgres.two_phase.duration',
    description: 'Time of transactions over several databases, from begin to the end of all parts',
    unit: 's',
    labelNames: ['coordinator', 'outcome'],
    buckets: secondBuckets,
  });
  const recovered = meter.counter({
    name: 'mainstay.postgres.two_phase.recovered',
    description: 'Prepared parts that recovery ended',
    unit: '{transaction}',
    labelNames: ['coordinator', 'outcome'],
  });
  const standing = meter.gauge({
    name: 'mainstay.postgres.two_phase.prepared',
    description: 'Parts that stood prepared when recovery looked',
    unit: '{transaction}',
    labelNames: ['coordinator', 'participant'],
  });
  const oldest = meter.gauge({
    name: 'mainstay.postgres.two_phase.oldest_age',
    description: 'Age of the oldest part that stood prepared when recovery looked',
    unit: 's',
    labelNames: ['coordinator', 'participant'],
  });
  return {
    ended: (outcome, seconds) => duration.record(seconds, { ...labels, outcome }),
    recovered: (outcome) => recovered.add(1, { ...labels, outcome }),
    standing(participant, count, oldestSeconds) {
      standing.set(count, { ...labels, participant });
      oldest.set(oldestSeconds, { ...labels, participant });
    },
  };
}
