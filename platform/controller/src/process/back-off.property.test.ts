import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decidePause, noCrashes } from './back-off.ts';

const share = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

test('doubles from 250 ms to 15 s without chance', () => {
  let history = noCrashes;
  const pauses = Array.from({ length: 9 }, () => {
    const decided = decidePause(history, 100, 0);
    history = decided.history;
    return decided.pauseMs;
  });

  expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
});

test('begins anew after a run of 30 s', () => {
  expect(decidePause({ inARow: 7 }, 29_999, 0).pauseMs).toBe(15_000);
  expect(decidePause({ inARow: 7 }, 30_000, 0)).toEqual({ pauseMs: 250, history: { inARow: 1 } });
});

test('never waits longer than 15 s nor shorter than four fifths of the full pause, after any number of crashes', () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.nat(60_000), share, (inARow, ranMs, random) => {
      const full = decidePause({ inARow }, ranMs, 0).pauseMs;
      const { pauseMs } = decidePause({ inARow }, ranMs, random);

      expect(full).toBeLessThanOrEqual(15_000);
      expect(pauseMs).toBeLessThanOrEqual(full);
      expect(pauseMs).toBeGreaterThanOrEqual(Math.floor(full * 0.8));
    }),
  );
});
