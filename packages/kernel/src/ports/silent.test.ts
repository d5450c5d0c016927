import { expect, test } from 'vitest';
import { silentLogger } from './logger.ts';
import { recorderOf, silentMeter } from './meter.ts';

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

test('nothing is recorded where nothing is measured, and a histogram without recorders is given the labels each time', () => {
  const options = { name: 'mainstay.x', description: 'x', unit: 's' };
  const recorded: unknown[] = [];
  const plain = { record: (value: number, labels?: object) => void recorded.push([value, labels]) };

  expect(recorderOf(silentMeter.histogram(options), { a: 'b' })).toBeUndefined();
  recorderOf(plain, { a: 'b' })?.(0.1);

  expect(recorded).toEqual([[0.1, { a: 'b' }]]);
});
