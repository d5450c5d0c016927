import { defineReasons, kernelReasons, PlatformError } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { describe, expect, test } from 'vitest';
import { createCircuitBreaker } from '../circuit-breaker/circuit-breaker.ts';
import { policy } from '../policy/policy.ts';
import type { Degradation } from '../policy/policy-types.ts';
import { createTimeout } from '../timeout/timeout.ts';
import { createFallback, type FallbackOptions } from './fallback.ts';
import { isUnserved } from './is-unserved.ts';

const { DOWN, UNKNOWN_ID } = defineReasons({
  DOWN: { code: 'unavailable', executed: 'no', retry: 'now', summary: 'x', operator: 'x' },
  UNKNOWN_ID: { code: 'not_found', executed: 'yes', retry: 'never', summary: 'x', operator: 'x' },
});
const down = new PlatformError(DOWN, 'x');

function setUp(options: Partial<FallbackOptions<string>> = {}) {
  const degraded: Degradation[] = [];
  const events: string[] = [];
  const instead = createFallback<string>({
    name: 'popular',
    answer: () => 'popular products',
    onEvent: ({ event }) => events.push(event),
    ...options,
  });
  const about = { onDegraded: (one: Degradation) => void degraded.push(one) };
  const fails = (error: unknown) => instead.execute(() => Promise.reject<number>(error), about);
  return { degraded, events, instead, about, fails };
}

test('a dependency that is down gives the other answer, and the caller is told', async () => {
  const { degraded, events, fails } = setUp();

  const answer: string | number = await fails(down);

  expect(answer).toBe('popular products');
  expect(degraded).toEqual([{ policy: 'fallback', name: 'popular' }]);
  expect(events).toEqual(['answered']);
});

test('an answer of the dependency stays, also a not_found', async () => {
  const { degraded, instead, about, fails } = setUp();
  const unknown = new PlatformError(UNKNOWN_ID, 'x');

  expect(await instead.execute(() => 42, about)).toBe(42);
  await expect(fails(unknown)).rejects.toBe(unknown);

  expect(degraded).toEqual([]);
});

test('an open circuit and a time-out inside are answered, too', async () => {
  const clock = new FakeClock(0);
  const { instead } = setUp();
  const circuit = createCircuitBreaker({ name: 'x', clock });
  const limit = createTimeout({ name: 'x', clock, limitMs: 10 });
  const all = policy(instead, circuit, limit);
  const slow = all.execute(() => new Promise<number>(() => undefined));
  await clock.advance(10);
  circuit.force('open');

  expect(await slow).toBe('popular products');
  expect(await all.execute(() => 1)).toBe('popular products');
});

describe('the first error is thrown', () => {
  test('when the other answer fails, too', async () => {
    const { events, degraded, fails } = setUp({ answer: () => Promise.reject(new Error('cold')) });

    await expect(fails(down)).rejects.toBe(down);

    expect(events).toEqual(['failed']);
    expect(degraded).toEqual([]);
  });

  test('when the caller is gone', async () => {
    const { instead } = setUp();
    const controller = new AbortController();
    const call = instead.execute(() => {
      controller.abort();
      return Promise.reject<number>(down);
    }, controller.signal);

    await expect(call).rejects.toBe(down);
  });

  test('when whoever judges it throws', async () => {
    const { fails } = setUp({
      when: () => {
        throw new Error('judge');
      },
    });

    await expect(fails(down)).rejects.toBe(down);
  });
});

test('a caller that throws when it is told gets the answer all the same', async () => {
  const { instead } = setUp();
  const onDegraded = (): never => {
    throw new Error('told');
  };

  expect(await instead.execute(() => Promise.reject<number>(down), { onDegraded })).toBe('popular products');
});

test.each([
  [kernelReasons.DEADLINE_EXCEEDED, true],
  [kernelReasons.INTERNAL, true],
  [DOWN, true],
  [kernelReasons.CANCELED, false],
  [kernelReasons.REQUEST_INVALID, false],
  [UNKNOWN_ID, false],
])('isUnserved of %j', (reason, expected) => {
  expect(isUnserved(new PlatformError(reason, 'x'))).toBe(expected);
});
