import { deadlineIn } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { describe, expect, test } from 'vitest';
import type { PolicyEvent } from '../policy/policy-events.ts';
import { createTimeout, type TimeoutOptions } from './timeout.ts';

function setUp(options: Partial<TimeoutOptions> = {}) {
  const clock = new FakeClock(0);
  const events: PolicyEvent[] = [];
  const limit = createTimeout({
    name: 'reviews',
    limitMs: 300,
    clock,
    onEvent: (event) => events.push(event),
    ...options,
  });
  const hang = (about?: Parameters<typeof limit.execute>[1]) => {
    const result = limit.execute(() => new Promise<never>(() => undefined), about);
    result.catch(() => undefined);
    return result;
  };
  const takes = async (ms: number) => {
    const result = limit.execute(() => clock.sleep(ms));
    result.catch(() => undefined);
    await clock.advance(ms);
    return await result;
  };
  return { clock, events, limit, hang, takes };
}

test('ends a call that hangs after 300 ms, not before, with DEADLINE_EXCEEDED, executed maybe', async () => {
  const { clock, limit, hang, events } = setUp();
  let state = 'running';
  const result = hang();
  result.catch(() => {
    state = 'ended';
  });

  await clock.advance(299);
  expect(state).toBe('running');
  await clock.advance(1);

  await expect(result).rejects.toMatchObject({
    reason: 'DEADLINE_EXCEEDED',
    executed: 'maybe',
    rawMessage: 'reviews took longer than 300 ms',
  });
  expect(limit.snapshot()).toEqual({ name: 'reviews', limitMs: 300, timedOut: 1, refused: 0 });
  expect(events).toEqual([
    { policy: 'timeout', name: 'reviews', event: 'timed_out', facts: { limitMs: 300, executed: 'maybe' } },
  ]);
});

test('tells the function by its signal, with the same error', async () => {
  const { clock, limit } = setUp();
  let told: unknown;
  const result = limit.execute(async ({ signal }) => {
    await clock.sleep(10_000, signal).catch((reason: unknown) => {
      told = reason;
    });
  });
  result.catch(() => undefined);

  await clock.advance(300);

  await expect(result).rejects.toBe(told);
});

test('1,000 calls at the same time need one timer', async () => {
  const { clock, hang } = setUp();
  const results = Array.from({ length: 1_000 }, () => hang());

  expect(clock.pendingCount).toBe(1);
  await clock.advance(300);

  for (const result of results) await expect(result).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED' });
  expect(clock.pendingCount).toBe(0);
});

describe('deadline', () => {
  test('ends the call when it is earlier than the limit', async () => {
    const { clock, hang } = setUp();
    const result = hang({ deadline: deadlineIn(120, clock) });

    await clock.advance(120);

    await expect(result).rejects.toThrow('reviews took longer than 120 ms');
  });

  test('that leaves no more than minimumLeftMs refuses at once, executed no', async () => {
    const { clock, limit, events } = setUp({ minimumLeftMs: 20 });

    const refused = limit.execute(() => expect.unreachable(), { deadline: deadlineIn(20, clock) });
    const begun = limit.execute(() => 'begun', { deadline: deadlineIn(21, clock) });

    await expect(refused).rejects.toMatchObject({ reason: 'DEADLINE_EXCEEDED', executed: 'no' });
    expect(await begun).toBe('begun');
    expect(limit.snapshot()).toMatchObject({ timedOut: 0, refused: 1 });
    expect(events).toEqual([{ policy: 'timeout', name: 'reviews', event: 'refused', facts: { leftMs: 20 } }]);
  });
});

describe('adaptive', () => {
  const adaptive = { minMs: 50, maxMs: 1_000, minimumCount: 20, quantile: 0.9, factor: 2 };

  test('stays at 300 ms until 20 calls are known, then is twice their 90th percentile', async () => {
    const { limit, takes } = setUp({ adaptive });
    for (let call = 0; call < 19; call++) await takes(100);
    expect(limit.snapshot().limitMs).toBe(300);

    for (let call = 0; call < 45; call++) await takes(100);

    expect(limit.snapshot().limitMs).toBeGreaterThanOrEqual(200);
    expect(limit.snapshot().limitMs).toBeLessThan(200 * 1.1);
  });

  test('never leaves its bounds of 50 and 1,000 ms', async () => {
    const fast = setUp({ adaptive });
    for (let call = 0; call < 64; call++) await fast.takes(1);
    const slow = setUp({ adaptive, limitMs: 2_000 });
    for (let call = 0; call < 64; call++) await slow.takes(900);

    expect(fast.limit.snapshot().limitMs).toBe(50);
    expect(slow.limit.snapshot().limitMs).toBe(1_000);
  });

  test('grows again when calls are cut off: they count with the time they had', async () => {
    const { clock, limit, takes, hang } = setUp({ adaptive });
    for (let call = 0; call < 64; call++) await takes(20);
    const before = limit.snapshot().limitMs;

    for (let call = 0; call < 64; call++) {
      void hang();
      await clock.advance(1_000);
    }

    expect(before).toBe(50);
    expect(limit.snapshot().limitMs).toBeGreaterThan(90);
  });
});

test.each([
  { limitMs: 0 },
  { limitMs: Number.NaN },
  { minimumLeftMs: -1 },
  { adaptive: { minMs: 0, maxMs: 10 } },
  { adaptive: { minMs: 20, maxMs: 10 } },
  { adaptive: { minMs: 1, maxMs: 10, factor: 0.5 } },
  { adaptive: { minMs: 1, maxMs: 10, quantile: 0 } },
])('refuses %j', (options) => {
  expect(() => setUp(options)).toThrow(/timeout reviews [\w.]+ must be .*, got/);
});
