import { expect, test } from 'vitest';
import { isHurried } from './hurried.ts';

test.each([
  [4_999, 10_000, true],
  [5_000, 10_000, false],
  [2_499, undefined, true],
  [2_500, undefined, false],
  [0, 1, true],
  [Number.POSITIVE_INFINITY, 10_000, false],
])('%d ms left of a contract of %s ms is hurried: %s', (leftMs, timeoutMs, expected) => {
  expect(isHurried(leftMs, timeoutMs)).toBe(expected);
});
