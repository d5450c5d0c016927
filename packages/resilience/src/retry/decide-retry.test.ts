import { defineReasons, type Executed, PlatformError, type Retry } from '@mainstay/kernel';
import { describe, expect, test } from 'vitest';
import type { Idempotency } from '../policy/policy-types.ts';
import { decideRetry, type RetryQuestion } from './decide-retry.ts';
import { markRetriesSpent } from './spent-retries.ts';

function question(executed: Executed, retry: Retry, changes: Partial<RetryQuestion> = {}): RetryQuestion {
  const { SOME } = defineReasons({
    SOME: { code: 'unavailable', executed, retry, retryAfterMs: 300, summary: 'x', operator: 'x' },
  });
  const error = new PlatformError(SOME, 'x');
  const limits = { attempt: 1, maxAttempts: 3, delayMs: 50, maxWaitMs: 10_000, remainingMs: Number.POSITIVE_INFINITY };
  return { error, idempotency: 'none', ...limits, ...changes };
}

const now = { retry: true, delayMs: 50 };
const after = { retry: true, delayMs: 300 };
const never = { retry: false, why: 'never' };
const notIdempotent = { retry: false, why: 'not_idempotent' };

test.each<[Executed, Retry, Idempotency, unknown]>([
  ['no', 'never', 'none', never],
  ['no', 'never', 'safe', never],
  ['no', 'never', 'keyed', never],
  ['no', 'now', 'none', now],
  ['no', 'now', 'safe', now],
  ['no', 'now', 'keyed', now],
  ['no', 'after', 'none', after],
  ['no', 'after', 'safe', after],
  ['no', 'after', 'keyed', after],
  ['maybe', 'never', 'none', never],
  ['maybe', 'never', 'safe', never],
  ['maybe', 'never', 'keyed', never],
  ['maybe', 'now', 'none', notIdempotent],
  ['maybe', 'now', 'safe', now],
  ['maybe', 'now', 'keyed', now],
  ['maybe', 'after', 'none', notIdempotent],
  ['maybe', 'after', 'safe', after],
  ['maybe', 'after', 'keyed', after],
  ['yes', 'never', 'none', never],
  ['yes', 'never', 'safe', never],
  ['yes', 'never', 'keyed', never],
  ['yes', 'now', 'none', notIdempotent],
  ['yes', 'now', 'safe', now],
  ['yes', 'now', 'keyed', now],
  ['yes', 'after', 'none', notIdempotent],
  ['yes', 'after', 'safe', after],
  ['yes', 'after', 'keyed', after],
])('executed %s, retry %s, idempotency %s: %j', (executed, retry, idempotency, expected) => {
  expect(decideRetry(question(executed, retry, { idempotency }))).toEqual(expected);
});

describe('limits', () => {
  test.each<[string, Partial<RetryQuestion>, unknown]>([
    ['the second of 3 tries failed', { attempt: 2 }, now],
    ['the third of 3 tries failed', { attempt: 3 }, { retry: false, why: 'attempts' }],
    ['51 ms are left for a pause of 50', { remainingMs: 51 }, now],
    ['50 ms are left for a pause of 50', { remainingMs: 50 }, { retry: false, why: 'deadline' }],
    ['the deadline has passed', { remainingMs: 0 }, { retry: false, why: 'deadline' }],
    ['the pause is the longest allowed', { maxWaitMs: 50 }, now],
    ['the pause is longer than allowed', { maxWaitMs: 49 }, { retry: false, why: 'wait_too_long' }],
  ])('%s', (_, changes, expected) => {
    expect(decideRetry(question('no', 'now', changes))).toEqual(expected);
  });

  test('a pause asked for by the error counts as the pause', () => {
    expect(decideRetry(question('no', 'after', { remainingMs: 300 }))).toEqual({ retry: false, why: 'deadline' });
    expect(decideRetry(question('no', 'after', { maxWaitMs: 299 }))).toEqual({ retry: false, why: 'wait_too_long' });
    expect(decideRetry(question('no', 'after', { delayMs: 800 }))).toEqual({ retry: true, delayMs: 800 });
  });

  test('what a layer further in has repeated in vain is not repeated, unless never says so first', () => {
    const { error } = question('no', 'now');
    const spent = { error: markRetriesSpent(error, 'attempts'), idempotency: 'safe' as const };
    const { error: hopeless } = question('no', 'never');

    expect(decideRetry(question('no', 'now', spent))).toEqual({ retry: false, why: 'spent_below' });
    expect(decideRetry(question('no', 'now', { error: markRetriesSpent(hopeless, 'budget') }))).toEqual(never);
  });
});
