import { deadlineIn } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { describe, expect, test } from 'vitest';
import type { CallFacts } from '../policy/policy-types.ts';
import { createRetryBudget } from '../retry/retry-budget.ts';
import { createHedge, type HedgeOptions } from './hedge.ts';

function setUp(options: Partial<HedgeOptions> = {}) {
  const clock = new FakeClock(0);
  const events: string[] = [];
  const hedge = createHedge({
    name: 'products',
    idempotency: 'safe',
    delayMs: 50,
    clock,
    onEvent: ({ event, facts }) => events.push(`${event} ${JSON.stringify(facts)}`),
    ...options,
  });
  const tries: {
    readonly startMs: number;
    readonly signal: AbortSignal;
    end(value: unknown): void;
    fail(error: unknown): void;
  }[] = [];
  const call = (about?: CallFacts) => {
    const result = hedge.execute(
      ({ signal }) =>
        new Promise<unknown>((resolve, reject) => {
          tries.push({ startMs: clock.monotonicMs(), signal, end: resolve, fail: reject });
        }),
      about,
    );
    result.catch(() => undefined);
    return result;
  };
  return { clock, events, hedge, tries, call };
}

test('an answer within 50 ms is one try', async () => {
  const { clock, hedge, tries, call } = setUp();
  const result = call();
  await clock.advance(49);
  tries[0]?.end('first');

  expect(await result).toBe('first');
  await clock.advance(1_000);
  expect(tries).toHaveLength(1);
  expect(hedge.snapshot()).toMatchObject({ hedges: 0, won: 0 });
});

test('a late answer is asked for again after 50 ms; the faster one counts and the slower is cancelled', async () => {
  const { clock, events, tries, call } = setUp();
  const result = call();
  await clock.advance(50);
  tries[1]?.end('second');

  expect(await result).toBe('second');
  expect(tries.map(({ startMs, signal }) => [startMs, signal.aborted])).toEqual([
    [0, true],
    [50, false],
  ]);
  expect(tries[0]?.signal.reason).toMatchObject({ reason: 'CANCELED' });
  expect(events).toEqual(['hedged {"afterMs":50}', 'won_by_hedge {}']);
  tries[0]?.end('late');
  expect(await result).toBe('second');
});

test('the first may still win; then the second is cancelled', async () => {
  const { clock, hedge, tries, call } = setUp();
  const result = call();
  await clock.advance(60);
  tries[0]?.end('first');

  expect(await result).toBe('first');
  expect(tries[1]?.signal.aborted).toBe(true);
  expect(hedge.snapshot()).toMatchObject({ hedges: 1, won: 0 });
});

describe('failures', () => {
  test('before the pause is over are passed on at once', async () => {
    const { clock, tries, call } = setUp();
    const result = call();
    tries[0]?.fail('broken');

    await expect(result).rejects.toBe('broken');
    await clock.advance(100);
    expect(tries).toHaveLength(1);
  });

  test('of one try are waited out while the other runs; of both, the last is passed on', async () => {
    const { clock, tries, call } = setUp();
    const [good, bad] = [call(), call()];
    await clock.advance(50);
    tries[0]?.fail('first');
    tries[2]?.end('good');
    tries[1]?.fail('first');
    tries[3]?.fail('second');

    expect(await good).toBe('good');
    await expect(bad).rejects.toBe('second');
  });
});

describe('never hedges', () => {
  test('what is not safe, by the policy or by the facts of the call', async () => {
    const unsafe = setUp({ idempotency: 'keyed' });
    void unsafe.call();
    await unsafe.clock.advance(100);
    const safe = setUp();
    void safe.call({ idempotency: 'none' });
    await safe.clock.advance(100);

    expect(unsafe.tries).toHaveLength(1);
    expect(safe.tries).toHaveLength(1);
  });

  test('when the deadline has passed or the caller is gone', async () => {
    const { clock, tries, call } = setUp();
    const controller = new AbortController();
    void call({ deadline: deadlineIn(50, clock) });
    void call({ signal: controller.signal });
    controller.abort();
    await clock.advance(100);

    expect(tries).toHaveLength(2);
  });

  test('more than a tenth of the calls, when all are slow: 200 calls make 20 second tries', async () => {
    const { clock, hedge, tries, call } = setUp();
    for (let number = 0; number < 200; number++) {
      const result = call();
      const before = tries.length;
      await clock.advance(5_000);
      tries[before - 1]?.end('slow');
      await result;
    }

    expect(hedge.snapshot().hedges).toBe(20);
  });
});

test('the pause follows the 95th percentile of what was observed, cancelled tries included', async () => {
  const { clock, hedge, tries, call } = setUp();
  for (let number = 0; number < 64; number++) {
    const result = call();
    await clock.advance(10);
    tries.at(-1)?.end('fast');
    await result;
  }

  expect(hedge.snapshot().delayMs).toBeGreaterThanOrEqual(10);
  expect(hedge.snapshot().delayMs).toBeLessThan(11);
});

test('three in parallel, each a pause after the other, when the budget allows', async () => {
  const { clock, tries, call } = setUp({ maxParallel: 3, budget: createRetryBudget({ ratio: 1 }) });
  void call();
  await clock.advance(1_000);

  expect(tries.map(({ startMs }) => startMs)).toEqual([0, 50, 100]);
});

test.each([{ delayMs: 0 }, { quantile: 1 }, { quantile: 0.4 }, { maxParallel: 1 }, { minDelayMs: 0 }])(
  'refuses %j',
  (options) => {
    expect(() => setUp(options)).toThrow(/hedge products \w+ must be .*, got/);
  },
);
