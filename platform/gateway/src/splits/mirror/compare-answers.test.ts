import { expect, test } from 'vitest';
import { countDifferences } from './compare-answers.ts';

const nothing: ReadonlySet<string> = new Set();
const count = (one: unknown, other: unknown, ignored = nothing): number =>
  countDifferences(JSON.stringify(one), JSON.stringify(other), ignored);

test.each([
  [{ a: 1 }, { a: 1 }, 0],
  [{ a: 1, b: 2 }, { b: 2, a: 1 }, 0],
  [{ a: 1, b: 2 }, { a: 1, b: 3 }, 1],
  [{ a: 1 }, { a: 1, b: 2 }, 1],
  [{ a: { b: [1, 2, 3] } }, { a: { b: [1, 5, 3, 4] } }, 2],
  [{ a: [] }, { a: {} }, 1],
  [{ a: null }, { a: { b: 1, c: 2 } }, 1],
  ['x', 'y', 1],
])('%j and %j differ in %i values', (one, other, expected) => {
  expect(count(one, other)).toBe(expected);
});

test('fields that are ignored are not looked at, at whatever depth', () => {
  const ignored = new Set(['at']);

  expect(count({ at: 1, items: [{ at: 1, n: 1 }] }, { at: 2, items: [{ at: 2, n: 2 }] }, ignored)).toBe(1);
});

test('at most 1,000 differences are counted, and answers of over 256 KiB together are one', () => {
  const list = (n: number, value: unknown): unknown[] => Array.from({ length: n }, () => value);

  expect(count(list(5_000, 1), list(5_000, 2))).toBe(1_000);
  expect(count(list(20_000, 'aaaaaa'), list(20_000, 'bbbbbb'))).toBe(1);
});
