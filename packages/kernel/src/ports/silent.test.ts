import { expect, test } from 'vitest';
import { silentLogger } from './logger.ts';
import { silentMeter } from './meter.ts';

test('the silent logger takes everything and gives itself as child', () => {
  for (const level of ['debug', 'info', 'warn', 'error'] as const) {
    expect(silentLogger[level]('something happened', { value: 1 })).toBeUndefined();
  }
  expect(silentLogger.child({ a: 1 })).toBe(silentLogger);
});

test('the silent meter takes every measurement', () => {
  const options = { name: 'mainstay.x', description: 'x', unit: 's' };

  expect(silentMeter.counter(options).add(1)).toBeUndefined();
  expect(silentMeter.gauge(options).set(1, { a: 'b' })).toBeUndefined();
  expect(silentMeter.histogram(options).record(0.1)).toBeUndefined();
});
