import type { Meter } from '@mainstay/kernel';
import type { CircuitState } from './circuit-types.ts';

/** How a call ended for the metrics; `slow` is a success that counted as a failure. */
type CountedEnd = 'success' | 'failure' | 'neutral' | 'slow' | 'refused';

/** Metrics of one circuit. */
export interface CircuitMetrics {
  ended(end: CountedEnd): void;
  changed(from: CircuitState, to: CircuitState): void;
}

const stateNumber: Readonly<Record<CircuitState, number>> = { closed: 0, half_open: 1, open: 2 };

/** Declares the metrics of circuits; label objects are made once, so a call allocates none. */
export function createCircuitMetrics(meter: Meter, circuit: string): CircuitMetrics {
  const calls = meter.counter({
    name: 'mainstay.circuit.calls',
    description: 'Calls that asked a circuit breaker for leave, by how they ended',
    unit: '{call}',
    labelNames: ['circuit', 'outcome'],
  });
  const changes = meter.counter({
    name: 'mainstay.circuit.changes',
    description: 'Changes of state of a circuit breaker',
    unit: '{change}',
    labelNames: ['circuit', 'from', 'to'],
  });
  const state = meter.gauge({
    name: 'mainstay.circuit.state',
    description: 'State of a circuit breaker: 0 closed, 1 half-open, 2 open',
    unit: '{state}',
    labelNames: ['circuit'],
  });
  const circuitLabel = { circuit };
  const labels: Readonly<Record<CountedEnd, { readonly circuit: string; readonly outcome: string }>> = {
    success: { circuit, outcome: 'success' },
    failure: { circuit, outcome: 'failure' },
    neutral: { circuit, outcome: 'neutral' },
    slow: { circuit, outcome: 'slow' },
    refused: { circuit, outcome: 'refused' },
  };
  // Many circuits that share a name have no one state.
  const isShared = circuit.endsWith('/*');
  if (!isShared) state.set(stateNumber.closed, circuitLabel);
  return {
    ended: (end) => calls.add(1, labels[end]),
    changed(from, to) {
      changes.add(1, { circuit, from, to });
      if (!isShared) state.set(stateNumber[to], circuitLabel);
    },
  };
}
