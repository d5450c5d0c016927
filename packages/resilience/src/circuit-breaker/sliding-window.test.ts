import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SlidingWindow } from './sliding-window.ts';

function totals(window: SlidingWindow, nowMs: number) {
  window.moveTo(nowMs);
  const { calls, failures, slow } = window;
  return { calls, failures, slow };
}

test('counts calls, failures and slow calls of the last 10 s and forgets them slice by slice', () => {
  const window = new SlidingWindow(10_000);

  window.record(0, 'failed');
  window.record(500, 'good');
  window.record(5_000, 'slow');

  expect(totals(window, 9_999)).toEqual({ calls: 3, failures: 1, slow: 1 });
  expect(totals(window, 10_000)).toEqual({ calls: 1, failures: 0, slow: 1 });
  expect(totals(window, 15_000)).toEqual({ calls: 0, failures: 0, slow: 0 });
});

test('a clock that goes back loses nothing', () => {
  const window = new SlidingWindow(10_000);

  window.record(50_000, 'failed');
  window.record(10_000, 'failed');

  expect(totals(window, 50_000)).toEqual({ calls: 2, failures: 2, slow: 0 });
});

test('a cleared window is empty', () => {
  const window = new SlidingWindow(1_000);
  window.record(-5, 'failed');
  window.clear();

  expect(totals(window, 0)).toEqual({ calls: 0, failures: 0, slow: 0 });
});

test('always agrees with a list of all results', () => {
  const step = fc.record({
    waitMs: fc.integer({ min: 0, max: 4_000 }),
    result: fc.constantFrom('good' as const, 'failed' as const, 'slow' as const),
  });

  fc.assert(
    fc.property(fc.integer({ min: -20_000, max: 1e9 }), fc.array(step, { maxLength: 60 }), (startMs, steps) => {
      const window = new SlidingWindow(10_000);
      const all: { readonly slice: number; readonly result: string }[] = [];
      let nowMs = startMs;
      for (const { waitMs, result } of steps) {
        nowMs += waitMs;
        window.record(nowMs, result);
        all.push({ slice: Math.floor(nowMs / 1_000), result });
        const recent = all.filter(({ slice }) => slice > Math.floor(nowMs / 1_000) - 10);

        expect(totals(window, nowMs)).toEqual({
          calls: recent.length,
          failures: recent.filter((one) => one.result === 'failed').length,
          slow: recent.filter((one) => one.result === 'slow').length,
        });
      }
    }),
  );
});
