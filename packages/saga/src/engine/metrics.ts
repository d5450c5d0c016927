import type { Counter, Gauge, Histogram, Meter } from '@mainstay/kernel';

/** What an engine measures. */
export interface SagaMetrics {
  /** Sagas that ended, by name and final status. */
  readonly ended: Counter;
  /** Seconds from start to end. */
  readonly duration: Histogram;
  /** Attempts of steps and counter-actions, by outcome. */
  readonly attempts: Counter;
  /** Sagas that came to need a person. */
  readonly interventions: Counter;
  /** Leases lost. */
  readonly leasesLost: Counter;
  /** Checkpoints and new sagas in one statement. */
  readonly batches: Histogram;
  /** Sagas in the hands of this engine. */
  readonly held: Gauge;
}

/** Declares the metrics of an engine. */
export function createSagaMetrics(meter: Meter): SagaMetrics {
  return {
    ended: meter.counter({
      name: 'mainstay.saga.ended',
      description: 'Sagas that ended',
      unit: '{saga}',
      labelNames: ['saga', 'status'],
    }),
    duration: meter.histogram({
      name: 'mainstay.saga.duration',
      description: 'Time from the start of a saga to its end',
      unit: 's',
      labelNames: ['saga', 'status'],
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900],
    }),
    attempts: meter.counter({
      name: 'mainstay.saga.attempts',
      description: 'Attempts of steps (run), counter-actions (undo) and questions (inquire)',
      unit: '{attempt}',
      labelNames: ['saga', 'step', 'kind', 'outcome'],
    }),
    interventions: meter.counter({
      name: 'mainstay.saga.interventions',
      description: 'Sagas that came to need a person',
      unit: '{saga}',
      labelNames: ['saga'],
    }),
    leasesLost: meter.counter({
      name: 'mainstay.saga.leases.lost',
      description: 'Claims on sagas that ended while the runner worked on them',
      unit: '{lease}',
    }),
    batches: meter.histogram({
      name: 'mainstay.saga.batch.size',
      description: 'Checkpoints and new sagas written in one statement',
      unit: '{write}',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512],
    }),
    held: meter.gauge({ name: 'mainstay.saga.held', description: 'Sagas in the hands of this runner', unit: '{saga}' }),
  };
}
