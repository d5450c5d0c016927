import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextDelayMs } from './backoff.ts';

test('the longest pauses grow 150, 450, 1,350, then stay at 2,000', () => {
  const options = { baseDelayMs: 50, maxDelayMs: 2_000, random: () => 1 };
  const pauses: number[] = [];

  for (let pause = 0; pause < 6; pause++) pauses.push(nextDelayMs(pauses.at(-1), options));

  expect(pauses).toEqual([150, 450, 1_350, 2_000, 2_000, 2_000]);
});

test('every pause lies between the base and the longest, whatever chance says', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1, max: 1_000, noNaN: true }),
      fc.double({ min: 0, max: 10_000, noNaN: true }),
      fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 1, maxLength: 20 }),
      (baseDelayMs, more, chances) => {
        const maxDelayMs = baseDelayMs + more;
        let previousMs: number | undefined;
        for (const chance of chances) {
          previousMs = nextDelayMs(previousMs, { baseDelayMs, maxDelayMs, random: () => chance });
          expect(previousMs).toBeGreaterThanOrEqual(baseDelayMs);
          expect(previousMs).toBeLessThanOrEqual(maxDelayMs * (1 + 1e-12));
        }
      },
    ),
  );
});
