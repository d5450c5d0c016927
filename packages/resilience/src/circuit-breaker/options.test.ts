import { expect, test } from 'vitest';
import { resolveCircuitOptions } from './options.ts';

test.each([
  { windowMs: 0 },
  { minimumCalls: 0 },
  { minimumCalls: 1.5 },
  { failureStreak: 0 },
  { failureRatio: 0 },
  { failureRatio: 1.1 },
  { failureRatio: Number.NaN },
  { openMs: -1 },
  { maxProbes: 0 },
  { successesToClose: 0 },
  { slowCallMs: 0 },
  { probeLimitMs: 0 },
])('refuses %j with name, rule and value', (options) => {
  const [name, value] = Object.entries(options)[0] as [string, number];

  expect(() => resolveCircuitOptions({ name: 'payments', ...options })).toThrow(
    new RegExp(`circuit payments ${name} must be .*, got ${value}`),
  );
});
