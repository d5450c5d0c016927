import { FakeClock } from '@mainstay/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLocalLimiter } from './local-limiter.ts';

const tierArbitrary = fc.record({
  limitPerMinute: fc.integer({ min: 1, max: 6_000 }),
  burst: fc.integer({ min: 1, max: 50 }),
});
const stepArbitrary = fc.record({
  waitMs: fc.oneof(fc.constantFrom(0, 0, 1, 10), fc.integer({ min: 0, max: 20_000 })),
  cost: fc.integer({ min: 0, max: 8 }),
  jumpMs: fc.constantFrom(0, 0, 0, -86_400_000, 86_400_000),
});

test('agrees call by call with a bucket kept in whole numbers: nothing over the limit, no token lost', async () => {
  await fc.assert(
    fc.asyncProperty(tierArbitrary, fc.array(stepArbitrary, { maxLength: 80 }), async (tier, steps) => {
      const clock = new FakeClock(0);
      const limiter = createLocalLimiter({ clock });
      // In 60,000ths of a token every millisecond brings a whole number, so this bucket has no rounding at all.
      const full = BigInt(tier.burst) * 60_000n;
      let level = full;
      for (const { waitMs, cost, jumpMs } of steps) {
        await clock.advance(waitMs);
        clock.jump(jumpMs);
        level += BigInt(waitMs) * BigInt(tier.limitPerMinute);
        if (level > full) level = full;
        const price = BigInt(cost) * 60_000n;
        const isEnough = level >= price;

        const { allowed, retryAfterSeconds, by } = limiter.take([{ name: 'client', key: 'a', limit: tier, cost }]);

        expect(allowed).toBe(isEnough);
        if (isEnough) level -= price;
        expect(by.remaining).toBe(Number(level / 60_000n));
        if (!isEnough && cost <= tier.burst) {
          const lackingMs = Number(price - level) / tier.limitPerMinute;
          expect(retryAfterSeconds).toBe(Math.ceil(lackingMs / 1_000 - 1e-6));
        }
      }
    }),
    { numRuns: 200 },
  );
});

test('any stretch of time admits at most burst + rate × time, whatever the keys of others and the size of the table', async () => {
  const step = fc.record({
    waitMs: fc.integer({ min: 0, max: 3_000 }),
    key: fc.integer({ min: 0, max: 6 }),
    calls: fc.integer({ min: 1, max: 12 }),
  });

  await fc.assert(
    fc.asyncProperty(
      tierArbitrary,
      fc.integer({ min: 1, max: 4 }),
      fc.array(step, { maxLength: 60 }),
      async (tier, maxKeys, steps) => {
        const clock = new FakeClock(0);
        const limiter = createLocalLimiter({ clock, maxKeys, idleMs: 1 });
        const admittedAtMs = new Map<number, number[]>();
        for (const { waitMs, key, calls } of steps) {
          await clock.advance(waitMs);
          for (let call = 0; call < calls; call++) {
            const claim = { name: 'client', key: `key ${key}`, limit: tier, cost: 1 };
            if (!limiter.take([claim]).allowed) continue;
            admittedAtMs.set(key, [...(admittedAtMs.get(key) ?? []), clock.monotonicMs()]);
          }
          expect(limiter.stats().keys).toBeLessThanOrEqual(maxKeys);
        }
        for (const times of admittedAtMs.values()) {
          for (const [first, fromMs] of times.entries()) {
            for (let last = first; last < times.length; last++) {
              const most = tier.burst + ((times[last]! - fromMs) * tier.limitPerMinute) / 60_000;
              expect(last - first + 1).toBeLessThanOrEqual(most + 1e-6);
            }
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});
