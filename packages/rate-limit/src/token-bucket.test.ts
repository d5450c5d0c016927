import { describe, expect, test } from 'vitest';
import type { Tier } from './tiers.ts';
import { bringTo, fullBucket, missingAt, refillMs, take, wholeTokens } from './token-bucket.ts';

const anonymous: Tier = { limitPerMinute: 10, burst: 20 };
const free: Tier = { limitPerMinute: 100, burst: 200 };

function drained(tier: Tier, nowMs = 0) {
  const bucket = fullBucket(tier, nowMs);
  take(bucket, tier.burst, nowMs);
  return bucket;
}

test('refills by fractions: 119.9 s at 100 a minute bring 199 whole tokens', () => {
  const bucket = drained(free);

  expect(wholeTokens(free, missingAt(bucket, 119_900))).toBe(199);
});

test('a token at 10 a minute comes back after exactly 6,000 ms', () => {
  const bucket = drained(anonymous);

  expect(take(bucket, 1, 5_999.9).taken).toBe(false);
  expect(take(bucket, 1, 6_000).taken).toBe(true);
});

test('being refused every millisecond wears no fraction down', () => {
  const bucket = drained(anonymous);

  for (let nowMs = 0; nowMs < 6_000; nowMs++) expect(take(bucket, 1, nowMs).taken).toBe(false);

  expect(take(bucket, 1, 6_000).taken).toBe(true);
});

test.each([600, 900, 1_000, 1_200, 6_000])(
  'at %i a minute, 2,000 calls exactly one token apart all pass, at times with fractions',
  (limitPerMinute) => {
    const bucket = drained({ limitPerMinute, burst: 20 }, 0.1234567);
    let nowMs = 0.1234567;

    for (let call = 0; call < 2_000; call++) {
      nowMs += 60_000 / limitPerMinute;
      expect(take(bucket, 1, nowMs).taken).toBe(true);
    }
  },
);

test('never holds more than the burst, however long the rest', () => {
  const bucket = drained(anonymous);

  expect(missingAt(bucket, 1e12)).toBe(0);
  expect(take(bucket, 20, 1e12).taken).toBe(true);
  expect(take(bucket, 1, 1e12).taken).toBe(false);
});

test('a clock that goes back refills nothing and does not refill twice when it comes forward again', () => {
  const bucket = drained(anonymous, 60_000);

  expect(take(bucket, 1, 0).taken).toBe(false);
  expect(take(bucket, 0, 0).taken).toBe(true);
  expect(missingAt(bucket, 60_000)).toBe(20);
  expect(take(bucket, 1, 66_000).taken).toBe(true);
});

describe('another tier', () => {
  test('higher: what was used stays used, the rest is there at once', () => {
    const bucket = drained(anonymous);

    bringTo(bucket, free, 0);

    expect(wholeTokens(free, missingAt(bucket, 0))).toBe(180);
    expect(missingAt(bucket, 600)).toBe(19);
  });

  test('lower: at most the new burst is missing, so it is usable after one token', () => {
    const bucket = drained(free);

    bringTo(bucket, anonymous, 0);

    expect(missingAt(bucket, 0)).toBe(20);
    expect(take(bucket, 1, 6_000).taken).toBe(true);
  });

  test('time before the change counts at the old rate', () => {
    const bucket = drained(anonymous);

    bringTo(bucket, free, 60_000);

    expect(missingAt(bucket, 60_000)).toBe(10);
  });
});

test('refillMs of a whole burst is 2 minutes', () => {
  expect(refillMs(anonymous, 20)).toBe(120_000);
  expect(refillMs(anonymous, -1)).toBe(0);
});
