import { FakeClock } from '@mainstay/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Due, DueQueue } from './due-queue.ts';

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('add' as const), ms: fc.integer({ min: 1, max: 500 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), which: fc.nat(50) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 300 }) }) },
);

test('any history: nobody is called early, nor more than a tick of 7 ms late, nor twice, nor after it left', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const clock = new FakeClock(0);
      const queue = new DueQueue(clock, 7);
      const waiting = new Map<Due, number>();
      const lateMs: number[] = [];

      for (const one of steps) {
        const nowMs = clock.monotonicMs();
        if (one.kind === 'wait') await clock.advance(one.ms);
        else if (one.kind === 'remove') {
          const due = [...waiting.keys()][one.which % Math.max(1, waiting.size)];
          if (due === undefined) continue;
          queue.remove(due);
          waiting.delete(due);
        } else {
          const due: Due = {
            dueSlot: undefined,
            duePrevious: undefined,
            dueNext: undefined,
            onDue() {
              const dueMs = waiting.get(due);
              expect(dueMs).toBeDefined();
              lateMs.push(clock.monotonicMs() - (dueMs as number));
              waiting.delete(due);
            },
          };
          waiting.set(due, nowMs + one.ms);
          queue.add(due, nowMs, one.ms);
          expect(queue.leftMs(due)).toBeGreaterThanOrEqual(one.ms);
        }
      }
      await clock.advance(1_000);

      expect(waiting.size).toBe(0);
      for (const late of lateMs) {
        expect(late).toBeGreaterThanOrEqual(0);
        expect(late).toBeLessThanOrEqual(7);
      }
      expect(clock.pendingCount).toBe(0);
    }),
    { numRuns: 300 },
  );
});
