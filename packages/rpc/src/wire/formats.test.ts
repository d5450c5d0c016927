import { expect, test } from 'vitest';
import { formatPreferWait, parsePreferWait } from './prefer.ts';
import { formatTimeout, parseTimeout } from './timeout.ts';

test.for([
  ['5m', 5],
  ['2S', 2_000],
  ['1M', 60_000],
  ['1H', 3_600_000],
  ['1500u', 1.5],
  ['99999999m', 99_999_999],
  ['0m', 0],
  ['', undefined],
  ['5', undefined],
  ['-5m', undefined],
  ['1.5S', undefined],
  ['123456789m', undefined],
  ['5 m', undefined],
  [undefined, undefined],
] as const)('grpc-timeout %j is %j ms', ([value, ms]) => {
  expect(parseTimeout(value)).toBe(ms);
});

test('time left is written as whole milliseconds, never 0 and never more than eight digits', () => {
  expect([1_500, 0.2, 0, 1e12].map(formatTimeout)).toEqual(['1500m', '1m', '1m', '99999999m']);
});

test.for([
  ['wait=5', 5],
  ['respond-async, wait=10', 10],
  ['WAIT="7"; x', 7],
  ['wait = 3', 3],
  ['await=5', undefined],
  ['wait=five', undefined],
  ['wait=-1', undefined],
  ['wait=123456', undefined],
  [undefined, undefined],
] as const)('Prefer %j waits %j s', ([value, seconds]) => {
  expect(parsePreferWait(value)).toBe(seconds);
});

test('a wait is written as whole seconds of at least 0', () => {
  expect([2.9, -1].map(formatPreferWait)).toEqual(['wait=2', 'wait=0']);
});
