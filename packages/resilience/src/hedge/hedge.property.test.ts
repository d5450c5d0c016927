import { FakeClock } from '@mainstay/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createHedge } from './hedge.ts';

const call = fc.record({
  gapMs: fc.integer({ min: 0, max: 80 }),
  tries: fc.tuple(
    fc.record({ ms: fc.integer({ min: 0, max: 200 }), fails: fc.boolean() }),
    fc.record({ ms: fc.integer({ min: 0, max: 200 }), fails: fc.boolean() }),
  ),
});

test('any history: at most two tries a call and a tenth of all, each call ends once, with the first success if there is one', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(call, { maxLength: 60 }), async (calls) => {
      const clock = new FakeClock(0);
      const hedge = createHedge({ name: 'model', idempotency: 'safe', delayMs: 50, quantile: 0.9, clock });
      let seconds = 0;
      const results: Promise<unknown>[] = [];

      for (const { gapMs, tries } of calls) {
        let made = 0;
        const ends: { readonly atMs: number; readonly fails: boolean; readonly number: number }[] = [];
        const result = hedge.execute(async () => {
          const number = made++;
          if (number === 1) seconds += 1;
          const { ms, fails } = tries[number] as (typeof tries)[0];
          ends.push({ atMs: clock.monotonicMs() + ms, fails, number });
          await clock.sleep(ms);
          if (fails) throw number;
          return number;
        });
        const checked = result.then(
          (winner) => expect(ends.find(({ number }) => number === winner)?.fails).toBe(false),
          () => expect(ends.every(({ fails }) => fails)).toBe(true),
        );
        results.push(checked.then(() => expect(made).toBeLessThanOrEqual(2)));
        await clock.advance(gapMs);
      }
      await clock.advance(1_000);
      await Promise.all(results);

      expect(seconds).toBe(hedge.snapshot().hedges);
      expect(seconds).toBeLessThanOrEqual(Math.max(10, calls.length / 10));
      expect(clock.pendingCount).toBe(0);
    }),
    { numRuns: 150 },
  );
});
