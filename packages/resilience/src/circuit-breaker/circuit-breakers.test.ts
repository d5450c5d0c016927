import { expect, test } from 'vitest';
import { createCircuitBreakers } from './circuit-breakers.ts';

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
