import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

test('a pause is whole, at least half of the doubled delay, at most the cap, and never under the floor', () => {
  fc.assert(
    fc.property(
      fc.record({
        initialDelayMs: fc.integer({ min: 1, max: 10_000 }),
        maxDelayMs: fc.integer({ min: 1, max: 600_000 }),
      }),
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      fc.integer({ min: 0, max: 100_000 }),
      (plan, failures, random, floorMs) => {
        const full = Math.min(plan.maxDelayMs, plan.initialDelayMs * 2 ** Math.min(failures - 1, 30));
        const pauseMs = backoffMs(plan, { failureCount: failures, random, floorMs });

        expect(Number.isSafeInteger(pauseMs)).toBe(true);
        expect(pauseMs).toBeGreaterThanOrEqual(Math.max(full / 2, floorMs));
        expect(pauseMs).toBeLessThanOrEqual(Math.max(Math.ceil(full), floorMs));
      },
    ),
  );
});
