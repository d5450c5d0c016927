import { kernelReasons, PlatformError } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Priority } from '../policy/policy-types.ts';
import { type ConcurrencyLimiterOptions, createConcurrencyLimiter } from './concurrency-limiter.ts';
import { nextLimit } from './gradient.ts';

function setUp(options: Partial<ConcurrencyLimiterOptions> = {}) {
  const clock = new FakeClock(0);
  const limiter = createConcurrencyLimiter({ name: 'orders', clock, ...options });
  /** One window in which the limit is filled with calls that all take so long. */
  const window = async (ms: number, error?: unknown): Promise<void> => {
    for (const untilMs = clock.monotonicMs() + 1_000; clock.monotonicMs() < untilMs; ) {
      const ends = fill(limiter.snapshot().limit, 'critical');
      await clock.advance(ms);
      for (const end of ends) end(error);
    }
  };
  const fill = (count: number, priority?: Priority) =>
    Array.from({ length: count }, () => limiter.acquire(priority === undefined ? {} : { priority }));
  return { clock, limiter, window, fill };
}

test('of a limit of 20 background fills 8, low 14, normal 18 and critical all; then it refuses, executed no', async () => {
  const { limiter, fill } = setUp();
  const refused = (priority: Priority) => () => limiter.acquire({ priority });

  fill(8, 'background');
  expect(refused('background')).toThrow(expect.objectContaining({ reason: 'CONCURRENCY_LIMITED', executed: 'no' }));
  fill(6, 'low');
  expect(refused('low')).toThrow(/orders runs 14 calls of 20, too many for one of priority low/);
  fill(4);
  expect(refused('normal')).toThrow(/runs 18 calls/);
  fill(2, 'critical');

  await expect(limiter.execute(() => 1, { priority: 'critical' })).rejects.toMatchObject({ httpStatus: 503 });
});

test('grows while calls take as long as usual', async () => {
  const { limiter, window } = setUp();
  for (let round = 0; round < 20; round++) await window(100);

  expect(limiter.snapshot().limit).toBeGreaterThan(35);
});

test('shrinks when calls take four times as long as usual, and grows again after', async () => {
  const { limiter, window } = setUp({ initialLimit: 100 });
  for (let round = 0; round < 10; round++) await window(50);
  const before = limiter.snapshot().limit;
  for (let round = 0; round < 5; round++) await window(200);
  const during = limiter.snapshot().limit;
  for (let round = 0; round < 20; round++) await window(50);

  expect(during).toBeLessThan(before * 0.8);
  expect(limiter.snapshot().limit).toBeGreaterThan(during);
});

test('shrinks to its least when calls time out, however fast', async () => {
  const { limiter, window } = setUp();
  for (let round = 0; round < 30; round++) {
    await window(10, new PlatformError(kernelReasons.DEADLINE_EXCEEDED, 'x'));
  }

  expect(limiter.snapshot().limit).toBe(4);
});

test('a limit that is not half used stays', async () => {
  const { clock, limiter, fill } = setUp();
  for (let round = 0; round < 20; round++) {
    const ends = fill(9, 'critical');
    await clock.advance(500);
    for (const end of ends) end();
  }

  expect(limiter.snapshot()).toMatchObject({ limit: 20, running: 0 });
});

test('any history: never more running than the limit of the moment, the limit within bounds, every place comes back', async () => {
  const step = fc.record({
    acquire: fc.boolean(),
    which: fc.nat(50),
    ms: fc.integer({ min: 0, max: 400 }),
    priority: fc.constantFrom<Priority>('critical', 'normal', 'low', 'background'),
    fails: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 150 }), async (steps) => {
      const { clock, limiter } = setUp({ initialLimit: 8, minLimit: 2, maxLimit: 12 });
      const running: ((error?: unknown) => void)[] = [];
      for (const { acquire, which, ms, priority, fails } of steps) {
        if (!acquire) {
          const [end] = running.splice(which % Math.max(1, running.length), 1);
          end?.(fails ? new PlatformError(kernelReasons.DEADLINE_EXCEEDED, 'x') : undefined);
          end?.();
        } else {
          const { limit, running: before } = limiter.snapshot();
          try {
            running.push(limiter.acquire({ priority }));
            expect(before).toBeLessThan(limit);
          } catch (error) {
            expect(error).toMatchObject({ reason: 'CONCURRENCY_LIMITED' });
          }
        }
        await clock.advance(ms);
        const snapshot = limiter.snapshot();
        expect(snapshot.running).toBe(running.length);
        expect(snapshot.limit).toBeGreaterThanOrEqual(2);
        expect(snapshot.limit).toBeLessThanOrEqual(12);
      }
    }),
    { numRuns: 100 },
  );
});

test('the usual duration follows downwards at once when it halves, upwards by a tenth', () => {
  const settings = { minLimit: 1, maxLimit: 100, tolerance: 1.5 };
  const figures = { peak: 20, overloadRatio: 0 };

  expect(nextLimit({ limit: 20, usualMs: 100 }, { ...figures, meanMs: 40 }, settings).usualMs).toBe(40);
  expect(nextLimit({ limit: 20, usualMs: 100 }, { ...figures, meanMs: 200 }, settings).usualMs).toBe(110);
});

test.each([
  { minLimit: 0 },
  { maxLimit: 2 },
  { initialLimit: 2 },
  { initialLimit: 2_000 },
  { tolerance: 0.9 },
  { windowMs: 0 },
])('refuses %j', (options) => {
  expect(() => setUp(options)).toThrow(/concurrency limiter orders \w+ must be .*, got/);
});
