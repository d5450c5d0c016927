import { expect, test } from 'vitest';
import type { Limit } from './tiers.ts';
import { charged, holds, refilled, refillMs, secondsUntil, wholeTokens } from './token-bucket.ts';

const anonymous: Limit = { limitPerMinute: 10, burst: 20 };
const free: Limit = { limitPerMinute: 100, burst: 200 };

test('refills by fractions: 119.9 s at 100 a minute bring 199 whole tokens', () => {
  expect(wholeTokens(free, refilled(200, 119_900, free.limitPerMinute))).toBe(199);
});

test('a token at 10 a minute comes back after exactly 6,000 ms', () => {
  expect(holds(anonymous, refilled(20, 5_999.9, 10), 1)).toBe(false);
  expect(holds(anonymous, refilled(20, 6_000, 10), 1)).toBe(true);
});

test.each([600, 900, 1_000, 1_200, 6_000])(
  'at %i a minute, 2,000 calls exactly one token apart all pass, at times with fractions',
  (limitPerMinute) => {
    const limit = { limitPerMinute, burst: 20 };
    let [missing, nowMs] = [20, 0.1234567];

    for (let call = 0; call < 2_000; call++) {
      const beforeMs = nowMs;
      nowMs += 60_000 / limitPerMinute;
      missing = refilled(missing, nowMs - beforeMs, limitPerMinute);
      expect(holds(limit, missing, 1)).toBe(true);
      missing = charged(limit, missing, 1);
    }
  },
);

test('never holds more than the burst, however long the rest, and nothing comes from a clock that goes back', () => {
  expect(refilled(20, 1e12, 10)).toBe(0);
  expect(charged(anonymous, 1, -5)).toBe(0);
  expect(refilled(20, -60_000, 10)).toBe(20);
});

test('the seconds to wait are those to the tokens that lack, to a full bucket when it can never be enough', () => {
  expect(secondsUntil(anonymous, 20, 1)).toBe(6);
  expect(secondsUntil(anonymous, 20, 3)).toBe(18);
  expect(secondsUntil(anonymous, 10, 30)).toBe(60);
  expect(refillMs(anonymous, 20)).toBe(120_000);
});
