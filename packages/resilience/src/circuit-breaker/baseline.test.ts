import { expect, test } from 'vitest';
import { Baseline } from './baseline.ts';

function setUp() {
  const settings = { periodMs: 1_000, minimumCalls: 10, memoryPeriods: 10, deviations: 2, minimumRatio: 0.02 };
  const baseline = new Baseline(settings);
  let nowMs = 0;
  const period = (calls: number, failures: number): void => {
    for (let call = 0; call < calls; call++) baseline.record(nowMs, call < failures);
    nowMs += 1_000;
  };
  return { baseline, period, now: () => nowMs };
}

test('says nothing before 5 periods of at least 10 calls were seen', () => {
  const { baseline, period } = setUp();
  for (let count = 0; count < 9; count++) period(9, 9);
  for (let count = 0; count < 5; count++) period(10, 1);
  expect(baseline.unusualRatio).toBe(Number.POSITIVE_INFINITY);

  period(10, 1);

  expect(baseline.unusualRatio).toBeCloseTo(0.1);
});

test('a dependency that always fails a tenth is usual at a tenth, one that never fails at the minimum', () => {
  const tenth = setUp();
  const healthy = setUp();
  for (let count = 0; count < 40; count++) {
    tenth.period(100, 10);
    healthy.period(100, 0);
  }

  expect(tenth.baseline.unusualRatio).toBeCloseTo(0.1);
  expect(healthy.baseline.unusualRatio).toBe(0.02);
});

test('two standard deviations above the average are still usual', () => {
  const { baseline, period } = setUp();
  for (let count = 0; count < 100; count++) period(100, count % 2 === 0 ? 5 : 15);

  expect(baseline.unusualRatio).toBeGreaterThan(0.15);
  expect(baseline.unusualRatio).toBeLessThan(0.25);
});

test('a dropped period teaches nothing', () => {
  const { baseline, period, now } = setUp();
  for (let count = 0; count < 20; count++) period(100, 0);
  for (let call = 0; call < 100; call++) baseline.record(now(), true);
  baseline.dropPeriod();
  period(100, 0);
  period(100, 0);

  expect(baseline.unusualRatio).toBe(0.02);
});
