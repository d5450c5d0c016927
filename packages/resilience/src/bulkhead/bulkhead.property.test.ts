import { FakeClock } from '@mainstay/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBulkhead } from './bulkhead.ts';

type Step =
  | { readonly kind: 'acquire' | 'release' | 'abort'; readonly which: number }
  | { readonly kind: 'wait'; readonly which: number };

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('acquire' as const, 'acquire' as const, 'release' as const, 'abort' as const, 'wait' as const),
  which: fc.nat(9),
});

test('any history: never over 3 running or 4 queued, first come first served, every place comes back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const clock = new FakeClock(0);
      const bulkhead = createBulkhead({ name: 'model', maxConcurrent: 3, maxQueued: 4, queueTimeoutMs: 100, clock });
      const running: (() => void)[] = [];
      const controllers: AbortController[] = [];
      const admitted: number[] = [];
      let number = 0;

      for (const { kind, which } of steps) {
        if (kind === 'acquire') {
          const controller = new AbortController();
          const mine = number++;
          controllers.push(controller);
          bulkhead.acquire(controller.signal).then(
            (release) => {
              admitted.push(mine);
              running.push(release);
            },
            (error) => expect(error.reason).toMatch(/^(BULKHEAD_FULL|BULKHEAD_QUEUE_TIMEOUT|CANCELED)$/),
          );
        } else if (kind === 'release') running.splice(which % Math.max(1, running.length), 1)[0]?.();
        else if (kind === 'abort') controllers[which % Math.max(1, controllers.length)]?.abort();
        else await clock.advance(which * 10);
        await clock.advance(0);

        const snapshot = bulkhead.snapshot();
        expect(snapshot.running).toBe(running.length);
        expect(snapshot.running).toBeLessThanOrEqual(3);
        expect(snapshot.queued).toBeLessThanOrEqual(4);
        expect(snapshot.queued === 0 || snapshot.running === 3).toBe(true);
      }

      expect(admitted).toEqual([...admitted].sort((a, b) => a - b));
      await clock.advance(100);
      for (const release of running) release();
      expect(bulkhead.snapshot()).toMatchObject({ running: 0, queued: 0 });
      expect(clock.pendingCount).toBe(0);
    }),
    { numRuns: 150 },
  );
});
