import { expect, test } from 'vitest';
import { LeastTime } from './least-time.ts';

/** Answers that take so long, one each millisecond from 0 on. */
function knowing(durationMs: number, count: number): LeastTime {
  const least = new LeastTime();
  for (let nowMs = 0; nowMs < count; nowMs++) least.record(nowMs, durationMs);
  return least;
}

const asked = (least: LeastTime, times: number, leftMs: number, nowMs = 200): number =>
  Array.from({ length: times }, () => least.lack(nowMs, leftMs)).filter((lack) => lack !== undefined).length;

test('after 100 answers in 20 ms nine of ten calls with 10 ms left are hopeless, the tenth is made', () => {
  const least = knowing(20, 100);

  expect(asked(least, 9, 10)).toBe(9);
  expect(least.lack(200, 10)).toBeUndefined();
  expect(asked(least, 100, 10)).toBe(90);
});

test('tells what a call needs, at most a tenth above the least of the answers', () => {
  const lack = knowing(20, 100).lack(200, 10);

  expect(lack).toBeGreaterThanOrEqual(20);
  expect(lack).toBeLessThan(22);
});

test('with 22 ms left, or without a deadline, no call is hopeless', () => {
  const least = knowing(20, 100);

  expect(asked(least, 10, 22)).toBe(0);
  expect(asked(least, 10, Number.POSITIVE_INFINITY)).toBe(0);
});

test('with 99 answers nothing is known, and a call with 1 ms left is made', () => {
  expect(asked(knowing(20, 99), 10, 1)).toBe(0);
});

test('two quick answers of a hundred are enough to call nothing hopeless that they managed', () => {
  const least = knowing(20, 98);
  least.record(98, 2);
  least.record(99, 2);

  expect(asked(least, 10, 3)).toBe(0);
});

test('what is known is forgotten 2 minutes after the last answer', () => {
  const least = knowing(20, 100);

  expect(asked(least, 10, 1, 120_099)).toBe(9);
  expect(asked(least, 10, 1, 120_100)).toBe(0);
});

test('a dependency that gets quick again is noticed by the probes alone: hopeless for 100 more calls a second at most two windows', () => {
  const least = knowing(20, 1_000);
  let nowMs = 1_000;
  let lastRefusedMs = 0;
  for (; nowMs < 180_000; nowMs += 10) {
    if (least.lack(nowMs, 5) === undefined) least.record(nowMs, 2);
    else lastRefusedMs = nowMs;
  }

  expect(lastRefusedMs).toBeLessThan(10_000);
});
