import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSlidingWindow } from './sliding-window.ts';

test('counts calls and failures of the last 10 s and forgets them slice by slice', () => {
  const window = createSlidingWindow(10_000);

  window.record(0, true);
  window.record(500, false);
  window.record(5_000, true);

  expect(window.totals(9_999)).toEqual({ calls: 3, failures: 2 });
  expect(window.totals(10_000)).toEqual({ calls: 1, failures: 1 });
  expect(window.totals(15_000)).toEqual({ calls: 0, failures: 0 });
});

test('a clock that goes back loses nothing', () => {
  const window = createSlidingWindow(10_000);

  window.record(50_000, true);
  window.record(10_000, true);

  expect(window.totals(50_000)).toEqual({ calls: 2, failures: 2 });
});

test('a cleared window is empty', () => {
  const window = createSlidingWindow(1_000);
  window.record(-5, true);
  window.clear();

  expect(window.totals(0)).toEqual({ calls: 0, failures: 0 });
});

test('always agrees with a list of all results', () => {
  const step = fc.record({ waitMs: fc.integer({ min: 0, max: 4_000 }), failed: fc.boolean() });

  fc.assert(
    fc.property(fc.integer({ min: -20_000, max: 1e9 }), fc.array(step, { maxLength: 60 }), (startMs, steps) => {
      const window = createSlidingWindow(10_000);
      const all: { readonly slice: number; readonly failed: boolean }[] = [];
      let nowMs = startMs;
      for (const { waitMs, failed } of steps) {
        nowMs += waitMs;
        window.record(nowMs, failed);
        all.push({ slice: Math.floor(nowMs / 1_000), failed });
        const recent = all.filter(({ slice }) => slice > Math.floor(nowMs / 1_000) - 10);

        expect(window.totals(nowMs)).toEqual({
          calls: recent.length,
          failures: recent.filter((one) => one.failed).length,
        });
      }
    }),
  );
});
