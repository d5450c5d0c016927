import { deadlineIn, defineReasons, PlatformError } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { describe, expect, test } from 'vitest';
import { type RetryOptions, retry } from './retry.ts';
import { createRetryBudget } from './retry-budget.ts';

const reasons = defineReasons({
  BUSY: { code: 'unavailable', executed: 'no', retry: 'now', summary: 'x', operator: 'x' },
  LATER: { code: 'unavailable', executed: 'no', retry: 'after', retryAfterMs: 700, summary: 'x', operator: 'x' },
  WRONG: { code: 'invalid_argument', executed: 'no', retry: 'never', summary: 'x', operator: 'x' },
});
const busy = new PlatformError(reasons.BUSY, 'x');

function setUp(errors: unknown[], options: Partial<RetryOptions> = {}) {
  const clock = new FakeClock(0);
  const startsMs: number[] = [];
  const result = retry(
    async ({ attempt }) => {
      startsMs.push(clock.monotonicMs());
      if (errors.length > 0) throw errors.shift();
      return `try ${attempt}`;
    },
    { idempotency: 'none', clock, random: () => 0, ...options },
  );
  // Errors are looked at after time has moved; without this Node would call them unhandled.
  result.catch(() => undefined);
  return { clock, startsMs, result };
}

test('a first success is one try and no timer', async () => {
  const { clock, startsMs, result } = setUp([]);

  expect(await result).toBe('try 1');
  expect(startsMs).toEqual([0]);
  expect(clock.pendingCount).toBe(0);
});

test('tries 3 times with pauses of the back-off, then throws the last error as it came', async () => {
  const last = new PlatformError(reasons.BUSY, 'last');
  const { clock, startsMs, result } = setUp([busy, busy, last]);

  await clock.advance(1_000);

  await expect(result).rejects.toBe(last);
  expect(startsMs).toEqual([0, 50, 100]);
});

test('waits at least as long as the error asks', async () => {
  const { clock, startsMs, result } = setUp([new PlatformError(reasons.LATER, 'x')]);

  await clock.advance(700);

  expect(await result).toBe('try 2');
  expect(startsMs).toEqual([0, 700]);
});

test('does not repeat what must not be repeated', async () => {
  const wrong = new PlatformError(reasons.WRONG, 'x');
  const maybe = new PlatformError(reasons.BUSY, 'x', { executed: 'maybe' });

  await expect(setUp([wrong]).result).rejects.toBe(wrong);
  await expect(setUp([maybe]).result).rejects.toBe(maybe);
  await expect(setUp([new Error('plain')]).result).rejects.toMatchObject({ reason: 'INTERNAL' });
});

test('repeats what may have run when the method is safe', async () => {
  const maybe = new PlatformError(reasons.BUSY, 'x', { executed: 'maybe' });
  const { clock, result } = setUp([maybe], { idempotency: 'safe' });

  await clock.advance(50);

  expect(await result).toBe('try 2');
});

test('errors that are not ours are repeated when toError says so', async () => {
  const { clock, result } = setUp([new Error('ECONNREFUSED')], { toError: () => busy });

  await clock.advance(50);

  expect(await result).toBe('try 2');
});

test('tells before each pause which try failed, how long it waits and why', async () => {
  const told: unknown[] = [];
  const { clock, result } = setUp([busy, busy], { onRetry: (event) => told.push(event) });

  await clock.advance(100);
  await result;

  expect(told).toEqual([
    { attempt: 1, delayMs: 50, error: busy },
    { attempt: 2, delayMs: 50, error: busy },
  ]);
});

describe('time', () => {
  test('a pause that would end after the deadline is not begun', async () => {
    const clock = new FakeClock(0);
    const { startsMs, result } = setUp([busy, busy], { clock, deadline: deadlineIn(100, clock) });

    await clock.advance(50);

    await expect(result).rejects.toBe(busy);
    expect(startsMs).toHaveLength(2);
  });

  test('an error that asks for more than 10,000 ms is passed on at once', async () => {
    const hour = new PlatformError(reasons.LATER, 'x', { retryAfterMs: 3_600_000 });

    await expect(setUp([hour]).result).rejects.toBe(hour);
  });

  test('an abort ends the pause with CANCELED and leaves no timer', async () => {
    const controller = new AbortController();
    const { clock, startsMs, result } = setUp([busy, busy], { signal: controller.signal });
    await clock.advance(10);

    controller.abort();

    await expect(result).rejects.toMatchObject({ reason: 'CANCELED' });
    await clock.advance(1_000);
    expect(startsMs).toHaveLength(1);
    expect(clock.pendingCount).toBe(0);
  });

  test('an abort before the first try makes none', async () => {
    const { startsMs, result } = setUp([], { signal: AbortSignal.abort() });

    await expect(result).rejects.toMatchObject({ reason: 'CANCELED', executed: 'no' });
    expect(startsMs).toEqual([]);
  });

  test('an abort during a try passes its own error on', async () => {
    const controller = new AbortController();
    const clock = new FakeClock(0);
    const result = retry(
      async () => {
        controller.abort();
        throw busy;
      },
      { idempotency: 'safe', clock, signal: controller.signal },
    );

    await expect(result).rejects.toBe(busy);
  });
});

describe('budget', () => {
  test('of 10 saved repeats and a fifth per call: 100 failing calls make 30 repeats, not 200', async () => {
    const budget = createRetryBudget();
    let tries = 0;
    const clock = new FakeClock(0);
    for (let call = 0; call < 100; call++) {
      const result = retry(
        async () => {
          tries += 1;
          throw busy;
        },
        { idempotency: 'safe', clock, budget },
      );
      result.catch(() => undefined);
      while (await clock.advanceToNext());
      await expect(result).rejects.toBe(busy);
    }

    expect(tries).toBeLessThanOrEqual(130);
    expect(tries).toBeGreaterThanOrEqual(128);
  });

  test('5 deposits of a fifth are one repeat, and saving stops at 10', () => {
    const budget = createRetryBudget();
    while (budget.withdraw());
    for (let call = 0; call < 4; call++) budget.deposit();
    expect(budget.withdraw()).toBe(false);
    budget.deposit();
    expect(budget.withdraw()).toBe(true);
    for (let call = 0; call < 1_000; call++) budget.deposit();

    expect(budget.tokens).toBe(10);
  });

  test.each([{ ratio: 0 }, { ratio: 2 }, { maxTokens: 0 }])('refuses %j', (options) => {
    expect(() => createRetryBudget(options)).toThrow(/retryBudget\.\w+ must be/);
  });
});

test.each([{ maxAttempts: 0 }, { baseDelayMs: 0 }, { maxDelayMs: -1 }])(
  'refuses %j before the first try',
  async (options) => {
    const { startsMs, result } = setUp([], options);

    await expect(result).rejects.toMatchObject({ reason: 'OPTION_INVALID' });
    expect(startsMs).toEqual([]);
  },
);
