import { describe, expect, test } from 'vitest';
import { kernelReasons } from './kernel-reasons.ts';
import { isPlatformError, optionError, PlatformError, toPlatformError } from './platform-error.ts';
import { defineReasons } from './reason.ts';

const reasons = defineReasons({
  POOL_FULL: {
    code: 'resource_exhausted',
    executed: 'no',
    retry: 'after',
    retryAfterMs: 100,
    summary: 's',
    operator: 'o',
  },
  NODE_GONE: { code: 'unavailable', executed: 'maybe', retry: 'now', httpStatus: 502, summary: 's', operator: 'o' },
  STATE_WRONG: { code: 'failed_precondition', executed: 'no', retry: 'never', summary: 's', operator: 'o' },
  LATER: { code: 'unavailable', executed: 'no', retry: 'after', summary: 's', operator: 'o' },
});

describe('PlatformError', () => {
  test('takes everything from its reason, and puts the code in front of the message', () => {
    const error = new PlatformError(reasons.POOL_FULL, 'pool orders is full: 10 of 10');

    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('PlatformError');
    expect(error.message).toBe('[resource_exhausted] pool orders is full: 10 of 10');
    expect(error.rawMessage).toBe('pool orders is full: 10 of 10');
    expect(error).toMatchObject({
      code: 'resource_exhausted',
      reason: 'POOL_FULL',
      executed: 'no',
      retry: 'after',
      retryAfterMs: 100,
      httpStatus: undefined,
      metadata: {},
      violations: [],
    });
    expect('cause' in error).toBe(false);
  });

  test('keeps what this one error adds', () => {
    const cause = new Error('reset');
    const error = new PlatformError(reasons.NODE_GONE, 'gone', {
      executed: 'no',
      httpStatus: 503,
      metadata: { order_id: '1' },
      violations: [{ field: 'a', rule: 'b', message: 'c' }],
      cause,
    });

    expect(error).toMatchObject({ executed: 'no', retry: 'now', httpStatus: 503, metadata: { order_id: '1' }, cause });
    expect(error.violations).toHaveLength(1);
  });

  test.each([
    ['the reason says after 100 ms', reasons.POOL_FULL, {}, 'after', 100],
    ['the reason says after, without a pause: 1,000 ms', reasons.LATER, {}, 'after', 1_000],
    ['a pause of this error wins over the reason', reasons.POOL_FULL, { retryAfterMs: 7 }, 'after', 7],
    ['a pause of 0 is a pause', reasons.POOL_FULL, { retryAfterMs: 0 }, 'after', 0],
    ['a pause alone implies after', reasons.STATE_WRONG, { retryAfterMs: 7 }, 'after', 7],
    ['never wins over a pause', reasons.POOL_FULL, { retry: 'never', retryAfterMs: 7 }, 'never', undefined],
    ['now has no pause', reasons.POOL_FULL, { retry: 'now' }, 'now', undefined],
  ] as const)('%s', (_title, reason, options, retry, retryAfterMs) => {
    const error = new PlatformError(reason, 'm', options);

    expect(error.retry).toBe(retry);
    expect(error.retryAfterMs).toBe(retryAfterMs);
  });
});

describe('isPlatformError', () => {
  const all = [...Object.values(reasons), ...Object.values(kernelReasons)];

  test.each(all)('$name is recognised by reason and by name, and is no other reason', (reason) => {
    const error = new PlatformError(reason, 'm');

    expect(isPlatformError(error)).toBe(true);
    for (const other of all) {
      expect(isPlatformError(error, other)).toBe(other === reason);
      expect(isPlatformError(error, other.name)).toBe(other === reason);
    }
  });

  test.each([undefined, null, 0, 'PlatformError', {}, new Error('x'), { reason: 'INTERNAL', code: 'internal' }])(
    '%s is none',
    (value) => {
      expect(isPlatformError(value)).toBe(false);
      expect(isPlatformError(value, 'INTERNAL')).toBe(false);
    },
  );

  test('an error of another copy of the package is recognised', () => {
    const foreign = Object.assign(new Error('m'), { reason: 'POOL_FULL' });
    Object.defineProperty(foreign, Symbol.for('@mainstay/kernel/PlatformError'), { value: true });

    expect(isPlatformError(foreign, reasons.POOL_FULL)).toBe(true);
  });

  test('a look-alike that hides behind a throwing proxy is none', () => {
    const hostile = new Proxy(
      {},
      {
        has: () => {
          throw new Error('no');
        },
      },
    );

    expect(toPlatformError(hostile).reason).toBe('INTERNAL');
  });
});

describe('toPlatformError', () => {
  const named = (name: string, options?: ErrorOptions): Error => Object.assign(new Error('m', options), { name });
  const platform = new PlatformError(reasons.POOL_FULL, 'm');

  test.each([
    ['an abort', new DOMException('x', 'AbortError'), 'CANCELED', 'canceled'],
    ['an abort of another realm', named('AbortError'), 'CANCELED', 'canceled'],
    ['a time-out', new DOMException('x', 'TimeoutError'), 'DEADLINE_EXCEEDED', 'deadline_exceeded'],
    ['any error', new TypeError('x is not a function'), 'INTERNAL', 'internal'],
    ['a string', 'text', 'INTERNAL', 'internal'],
    ['undefined', undefined, 'INTERNAL', 'internal'],
    ['null', null, 'INTERNAL', 'internal'],
    ['a symbol', Symbol('s'), 'INTERNAL', 'internal'],
    ['an object without prototype', Object.create(null), 'INTERNAL', 'internal'],
  ])('%s becomes a PlatformError that keeps the original', (_title, value, reason, code) => {
    const error = toPlatformError(value);

    expect(error).toMatchObject({ reason, code });
    expect(error.cause).toBe(value);
  });

  test('a PlatformError stays the same object', () => {
    expect(toPlatformError(platform)).toBe(platform);
  });

  test('an abort caused by a PlatformError is that error', () => {
    expect(toPlatformError(named('AbortError', { cause: platform }))).toBe(platform);
  });

  test('nothing says that unforeseen work did not run', () => {
    expect(toPlatformError(new Error('x'))).toMatchObject({ executed: 'maybe', retry: 'never' });
  });
});

test.each([
  [0, 'bulkhead.limit must be an integer of at least 1, got 0'],
  ['ten', 'bulkhead.limit must be an integer of at least 1, got "ten"'],
  [undefined, 'bulkhead.limit must be an integer of at least 1, got undefined'],
  [12n, 'bulkhead.limit must be an integer of at least 1, got 12'],
])('optionError names option, rule and the value %s', (received, message) => {
  const error = optionError('bulkhead.limit', 'an integer of at least 1', received);

  expect(error.rawMessage).toBe(message);
  expect(error).toMatchObject({ reason: 'OPTION_INVALID', code: 'invalid_argument', executed: 'no', retry: 'never' });
});
