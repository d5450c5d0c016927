import { expect, test } from 'vitest';
import { decidePropagation } from './propagation.ts';

test.each([
  ['required', 'join', 'begin'],
  ['requires_new', 'begin', 'begin'],
  ['mandatory', 'join', 'refuse'],
  ['never', 'refuse', 'plain'],
  ['nested', 'savepoint', 'begin'],
] as const)('%s: %s with an open transaction, %s without', (propagation, open, none) => {
  expect(decidePropagation(propagation, true)).toBe(open);
  expect(decidePropagation(propagation, false)).toBe(none);
});
