import { expect, test } from 'vitest';
import { createLatencyWindow } from './latency-window.ts';

test.for([0.02, 0.5, 1, 7, 42, 1_000, 60_000])('quantiles of %d ms are within 10 %%', (ms) => {
  const window = createLatencyWindow();
  for (let i = 0; i < 100; i++) window.record(ms, 0);

  expect(Math.abs((window.quantile(0.5, 0) as number) / ms - 1)).toBeLessThan(0.1);
  expect(window.quantile(0.99, 0)).toBe(window.quantile(0.5, 0));
});

test('what was recorded counts for one to two minutes, and an empty window has no quantile', () => {
  const window = createLatencyWindow();
  expect(window.quantile(0.5, 0)).toBeUndefined();
  window.record(10, 0);
  window.record(1_000, 70_000);

  expect(window.quantile(0, 80_000)).toBeCloseTo(10, -1);
  expect(window.quantile(0, 140_000)).toBeGreaterThan(500);
  expect(window.quantile(0.5, 300_000)).toBeUndefined();
});
