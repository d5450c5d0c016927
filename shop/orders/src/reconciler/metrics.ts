import type { Counter, Gauge, Meter } from '@mainstay/kernel';

/** What is counted of reconciling. */
export interface ReconcilerMetrics {
  /** Disagreements met, by kind and by what became of them: `found`, `repaired`, `failed`. */
  readonly disagreements: Counter;
  /** Disagreements that stand. */
  readonly open: Gauge;
  /** Orders whose books were compared. */
  readonly compared: Counter;
}

/** Declares the metrics. */
export function createReconcilerMetrics(meter: Meter): ReconcilerMetrics {
  return {
    disagreements: meter.counter({
      name: 'mainstay.orders.disagreements',
      description: 'Disagreements between orders, payments, stock and the card processor',
      unit: '{disagreement}',
      labelNames: ['kind', 'outcome'],
    }),
    open: meter.gauge({
      name: 'mainstay.orders.disagreements.open',
      description: 'Disagreements that stand',
      unit: '{disagreement}',
    }),
    compared: meter.counter({
      name: 'mainstay.orders.reconciled',
      description: 'Orders whose books were compared',
      unit: '{order}',
    }),
  };
}
