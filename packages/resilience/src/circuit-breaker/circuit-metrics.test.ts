import type { Meter } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import { createCircuitBreaker } from './circuit-breaker.ts';

test('counts calls by their end, changes and the state', () => {
  const seen: string[] = [];
  const note = (name: string) => (value: number, labels?: object) =>
    void seen.push(`${name} ${value} ${Object.values(labels ?? {}).join(' ')}`);
  const meter: Meter = {
    counter: ({ name }) => ({ add: note(name) }),
    gauge: ({ name }) => ({ set: note(name) }),
    histogram: ({ name }) => ({ record: note(name) }),
  };
  const circuit = createCircuitBreaker({ name: 'payments', meter, minimumCalls: 2, failureStreak: 2 });

  circuit.acquire().end('failure');
  circuit.acquire().end('failure');
  expect(() => circuit.acquire()).toThrow('circuit payments is open');

  expect(seen).toEqual([
    'mainstay.circuit.state 0 payments',
    'mainstay.circuit.calls 1 payments failure',
    'mainstay.circuit.calls 1 payments failure',
    'mainstay.circuit.changes 1 payments closed open',
    'mainstay.circuit.state 2 payments',
    'mainstay.circuit.calls 1 payments refused',
  ]);
});
