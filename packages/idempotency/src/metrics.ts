import type { Meter } from '@mainstay/kernel';

/**
 * How a keyed call went: it was the first, took another one over, got an answer of before, came with another request, met one in progress, or lost
 * its lock while it ran.
 */
export type KeyedOutcome = 'claimed' | 'taken_over' | 'replayed' | 'reused' | 'in_progress' | 'lock_lost';

/** What the records of keys report. */
export interface KeyedMetrics {
  count(operation: string, outcome: KeyedOutcome): void;
  expired(records: number): void;
}

/** Declares the metrics. */
export function createKeyedMetrics(meter: Meter): KeyedMetrics {
  const calls = meter.counter({
    name: 'mainstay.idempotency.calls',
    description: 'Keyed calls by what became of them',
    unit: '{call}',
    labelNames: ['operation', 'outcome'],
  });
  const expired = meter.counter({
    name: 'mainstay.idempotency.records.expired',
    description: 'Records removed after their time',
    unit: '{record}',
  });
  return {
    count: (operation, outcome) => calls.add(1, { operation, outcome }),
    expired: (records) => expired.add(records),
  };
}
