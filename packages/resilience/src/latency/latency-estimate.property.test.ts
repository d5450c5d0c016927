import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LatencyEstimate } from './latency-estimate.ts';

test('a quantile is never below the true one, and at most 9.1 % above it', () => {
  const durations = fc.array(fc.double({ min: 0.05, max: 100_000, noNaN: true }), { minLength: 1, maxLength: 200 });

  fc.assert(
    fc.property(durations, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, share) => {
      const estimate = new LatencyEstimate({ windowMs: 1_000, minimumCount: 1 });
      for (const duration of all) estimate.record(0, duration);
      const exact = all.sort((a, b) => a - b)[Math.ceil(share * all.length) - 1] as number;

      const estimated = estimate.quantile(share) as number;

      expect(estimated).toBeGreaterThanOrEqual(exact * (1 - 1e-9));
      expect(estimated).toBeLessThanOrEqual(Math.max(0.05, exact * 1.0906));
    }),
  );
});

test('says nothing before 10 durations are known, and forgets all after two windows of silence', () => {
  const estimate = new LatencyEstimate({ windowMs: 1_000, minimumCount: 10 });
  for (let call = 0; call < 9; call++) estimate.record(0, 5);
  expect(estimate.quantile(0.5)).toBeUndefined();

  for (let call = 0; call < 32; call++) estimate.record(500, 5);
  expect(estimate.quantile(0.5)).toBeCloseTo(5, 0);
  estimate.record(1_500, 5);
  expect(estimate.quantile(0.5)).toBeCloseTo(5, 0);
  estimate.record(4_000, 5);

  expect(estimate.quantile(0.5)).toBeUndefined();
});
