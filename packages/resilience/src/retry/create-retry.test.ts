import { deadlineIn, defineReasons, PlatformError } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { describe, expect, test } from 'vitest';
import { policy } from '../policy/policy.ts';
import type { PolicyEvent } from '../policy/policy-events.ts';
import type { CallFacts } from '../policy/policy-types.ts';
import { createTimeout } from '../timeout/timeout.ts';
import { createRetry, type RetryPolicyOptions } from './create-retry.ts';
import { createRetryBudget } from './retry-budget.ts';
import { areRetriesSpent } from './spent-retries.ts';

const reasons = defineReasons({
  BUSY: { code: 'unavailable', executed: 'no', retry: 'now', summary: 'x', operator: 'x' },
  LATER: { code: 'unavailable', executed: 'no', retry: 'after', retryAfterMs: 700, summary: 'x', operator: 'x' },
});
const busy = new PlatformError(reasons.BUSY, 'the store is busy', { metadata: { store: 'a' } });

function setUp(options: Partial<RetryPolicyOptions> = {}) {
  const clock = new FakeClock(0);
  const events: PolicyEvent[] = [];
  const again = createRetry({
    name: 'users',
    idempotency: 'safe',
    clock,
    random: () => 0,
    onEvent: (event) => events.push(event),
    ...options,
  });
  let calls = 0;
  const run = async (error: unknown, about?: CallFacts): Promise<unknown> => {
    const result = again.execute(() => {
      calls += 1;
      return Promise.reject(error);
    }, about);
    const caught = result.catch((thrown: unknown) => thrown);
    while (await clock.advanceToNext());
    return await caught;
  };
  return { clock, events, again, run, calls: () => calls };
}

test('repeats twice, then throws the error with the mark that nobody further out need try again', async () => {
  const { run, calls, again, events } = setUp();

  const thrown = (await run(busy)) as PlatformError;

  expect(calls()).toBe(3);
  expect(thrown).toMatchObject({ reason: 'BUSY', executed: 'no', retry: 'now', cause: busy });
  expect(thrown.metadata).toEqual({ store: 'a', retries_spent: 'attempts' });
  expect(again.snapshot()).toMatchObject({ repeats: 2, gaveUp: 1, budgetTokens: 8 });
  expect(events.map(({ event, facts }) => [event, facts])).toEqual([
    ['repeated', { attempt: 1, delayMs: 50, reason: 'BUSY' }],
    ['repeated', { attempt: 2, delayMs: 50, reason: 'BUSY' }],
    ['gave_up', { why: 'attempts', reason: 'BUSY' }],
  ]);
});

test('three layers around a store that always fails: 100 calls cause at most 120', async () => {
  const clock = new FakeClock(0);
  let reached = 0;
  const layer = (inner: () => Promise<never>) => {
    const again = createRetry({ name: 'layer', idempotency: 'safe', clock });
    return () => again.execute(inner) as Promise<never>;
  };
  const store = async () => {
    reached += 1;
    throw busy;
  };
  const outermost = layer(layer(layer(store)));

  for (let call = 0; call < 100; call++) {
    const caught = outermost().catch((error: unknown) => error);
    while (await clock.advanceToNext());
    expect(areRetriesSpent((await caught) as PlatformError)).toBe(true);
  }

  expect(reached).toBeGreaterThan(100);
  expect(reached).toBeLessThanOrEqual(120);
});

test('waits as long as the server asks, and passes the error on when that is past the deadline', async () => {
  const { clock, run, calls } = setUp({ maxAttempts: 2 });
  const later = new PlatformError(reasons.LATER, 'x');

  await run(later);
  expect(clock.monotonicMs()).toBe(700);
  expect(await run(later, { deadline: deadlineIn(700, clock) })).toBe(later);

  expect(calls()).toBe(3);
});

test('one call may say that it is not idempotent', async () => {
  const { run, calls } = setUp();
  const maybe = new PlatformError(reasons.BUSY, 'x', { executed: 'maybe' });

  expect(await run(maybe, { idempotency: 'none' })).toBe(maybe);

  expect(calls()).toBe(1);
});

test('a policy of one try marks nothing: it has spent nothing', async () => {
  const { run } = setUp({ maxAttempts: 1 });

  expect(await run(busy)).toBe(busy);
});

test('with an empty budget passes on at once, marked', async () => {
  const budget = createRetryBudget();
  while (budget.withdraw());
  const { run, calls } = setUp({ budget });

  expect(await run(busy)).toMatchObject({ metadata: { retries_spent: 'budget' } });
  expect(calls()).toBe(1);
});

describe('inside a time-out', () => {
  test('no pause is begun that ends after it, and its end ends a pause', async () => {
    const { clock, again } = setUp({ baseDelayMs: 50 });
    const limit = createTimeout({ name: 'all', limitMs: 60, clock });
    const fails = () => Promise.reject(busy);
    const twice = policy(limit, again).execute(fails);
    twice.catch(() => undefined);
    await clock.advance(50);

    await expect(twice).rejects.toBe(busy);
  });

  test('a time-out of the whole ends the pause, CANCELED never reaches the caller', async () => {
    const { clock, again } = setUp({ baseDelayMs: 50, maxAttempts: 10 });
    const limit = createTimeout({ name: 'all', limitMs: 400, clock });
    const slow = policy(limit, again).execute(async () => {
      await clock.sleep(200);
      throw busy;
    });
    slow.catch(() => undefined);
    await clock.advance(1_000);

    await expect(slow).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED', executed: 'maybe' });
    expect(clock.pendingCount).toBe(0);
  });
});
