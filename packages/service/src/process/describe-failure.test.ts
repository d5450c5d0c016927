import { kernelReasons, optionError, PlatformError } from '@mainstay/kernel';
import { postgresReasons } from '@mainstay/postgres';
import { expect, test } from 'vitest';
import { describeFailure } from './describe-failure.ts';

test('what an operator can correct is exit code 1 and one line with the reason', () => {
  const failure = describeFailure(['users', 'orders'], optionError('limit', 'one\n  of many', 3));

  expect(failure).toEqual({ exitCode: 1, text: 'users+orders: limit must be one of many, got 3 [OPTION_INVALID]' });
});

test('a refused login to the database can be corrected too', () => {
  const error = new PlatformError(postgresReasons.DATABASE_ACCESS_DENIED, 'password authentication failed');

  expect(describeFailure(['users'], error).exitCode).toBe(1);
});

test.each([new TypeError('x is not a function'), new PlatformError(kernelReasons.INTERNAL, 'odd'), 'just text'])(
  'anything else is a bug: exit code 2',
  (error) => {
    const failure = describeFailure(['users'], error);

    expect(failure.exitCode).toBe(2);
    expect(failure.text).toContain(error instanceof Error ? error.message : error);
  },
);
