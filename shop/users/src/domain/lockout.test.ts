import { expect, test } from 'vitest';
import { lockMs } from './lockout.ts';

const policy = { threshold: 5, baseMs: 30_000, maxMs: 900_000, forgetAfterMs: 3_600_000 };

test.each([
  [1, 0],
  [4, 0],
  [5, 30_000],
  [6, 60_000],
  [9, 480_000],
  [10, 900_000],
  [10_000, 900_000],
])('failure %i brings a lock of %i ms', (failures, ms) => {
  expect(lockMs(failures, policy)).toBe(ms);
});
