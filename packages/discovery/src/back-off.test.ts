import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backOffMs } from './back-off.ts';

test('pauses double from 100 ms to 5,000 ms and keep a random upper half', () => {
  const options = { baseMs: 100, maxMs: 5_000 };

  const longest = [1, 2, 3, 6, 7, 1_000].map((failures) => backOffMs(failures, { ...options, random: () => 1 }));
  const shortest = [1, 2, 3].map((failures) => backOffMs(failures, { ...options, random: () => 0 }));

  expect(longest).toEqual([100, 200, 400, 3_200, 5_000, 5_000]);
  expect(shortest).toEqual([50, 100, 200]);
});

test('no pause is ever 0 or beyond its limit', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (failures, chance) => {
        const pause = backOffMs(failures, { baseMs: 250, maxMs: 5_000, random: () => chance });
        expect(pause).toBeGreaterThanOrEqual(125);
        expect(pause).toBeLessThanOrEqual(5_000);
      },
    ),
  );
});
