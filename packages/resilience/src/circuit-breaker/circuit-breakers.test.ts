import type { Meter } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { describe, expect, test } from 'vitest';
import { createCircuitBreakers } from './circuit-breakers.ts';

const names = (circuits: { all(): readonly { readonly name: string }[] }) => circuits.all().map(({ name }) => name);

test('one circuit per name, with settings of its own over the defaults', () => {
  const circuits = createCircuitBreakers({
    minimumCalls: 2,
    failureStreak: 2,
    overrides: { payments: { failureStreak: 1, minimumCalls: 1 } },
  });

  circuits.get('payments').acquire().end('failure');
  circuits.get('users').acquire().end('failure');
  circuits.get('constructor').acquire().end('failure');

  expect(circuits.get('payments')).toBe(circuits.get('payments'));
  expect(circuits.all().map(({ name, state }) => `${name} ${state}`)).toEqual([
    'payments open',
    'users closed',
    'constructor closed',
  ]);
});

test('one per service, operation class and tenant: what fails for one leaves the others alone', () => {
  const circuits = createCircuitBreakers({ minimumCalls: 1, failureStreak: 1 });
  const write = { service: 'payments', operation: 'write' };

  circuits
    .get({ ...write, tenant: 'a' })
    .acquire()
    .end('failure');

  expect(circuits.get({ ...write, tenant: 'a' })).toMatchObject({ name: 'payments/write/a', state: 'open' });
  expect(circuits.get({ ...write, tenant: 'b' }).state).toBe('closed');
  expect(circuits.get(write).state).toBe('closed');
  expect(circuits.get({ service: 'payments', tenant: 'a' }).name).toBe('payments//a');
});

test('what is said of a service holds for its operations, and what is said of one of them wins', () => {
  const circuits = createCircuitBreakers({
    overrides: { payments: { minimumCalls: 1, failureStreak: 1 }, 'payments/read': { failureStreak: 3 } },
  });
  const stateAfterFailure = (operation: string) => {
    circuits.get({ service: 'payments', operation }).acquire().end('failure');
    return circuits.get({ service: 'payments', operation }).state;
  };

  expect(stateAfterFailure('write')).toBe('open');
  expect(stateAfterFailure('read')).toBe('open');
  expect(circuits.get({ service: 'payments', operation: 'read' }).snapshot().failuresInARow).toBe(1);
});

describe('memory', () => {
  test('of 100,000 tenants at most 100 circuits are kept, and the open one is among them', () => {
    const circuits = createCircuitBreakers({ maxCircuits: 100, minimumCalls: 1, failureStreak: 1 });
    circuits.get('open').acquire().end('failure');

    for (let tenant = 0; tenant < 100_000; tenant++) circuits.get({ service: 'x', tenant: String(tenant) });

    expect(circuits.all()).toHaveLength(100);
    expect(circuits.get('open').state).toBe('open');
  });

  test('a circuit that an operator holds stays when all others go', () => {
    const circuits = createCircuitBreakers({ maxCircuits: 2 });
    circuits.get('held').force('open');
    for (let number = 0; number < 50; number++) circuits.get(`circuit ${number}`);

    expect(names(circuits)).toContain('held');
  });

  test('a closed one unused for 600,000 ms is forgotten, an open one is not', async () => {
    const clock = new FakeClock(0);
    const circuits = createCircuitBreakers({ clock, minimumCalls: 1, failureStreak: 1 });
    circuits.get('closed');
    circuits.get('open').acquire().end('failure');
    await clock.advance(599_999);
    expect(names(circuits)).toEqual(['closed', 'open']);

    await clock.advance(1);

    expect(names(circuits)).toEqual(['open']);
  });
});

test('metrics of all tenants of an operation go under one name, without a gauge of their state', () => {
  const seen = new Set<string>();
  const note = (name: string) => (_: number, labels?: Readonly<Record<string, string>>) =>
    void seen.add(`${name} ${labels?.['circuit']}`);
  const meter: Meter = {
    counter: ({ name }) => ({ add: note(name) }),
    gauge: ({ name }) => ({ set: note(name) }),
    histogram: ({ name }) => ({ record: note(name) }),
  };
  const circuits = createCircuitBreakers({ meter });

  for (const tenant of ['a', 'b'])
    circuits.get({ service: 'users', operation: 'read', tenant }).acquire().end('success');

  expect([...seen]).toEqual(['mainstay.circuit.calls users/read/*']);
});
