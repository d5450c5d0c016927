import { kernelReasons, PlatformError } from '@mainstay/kernel';
import { describe, expect, test } from 'vitest';
import { redact } from './redact.ts';

test.each([
  'password',
  'newPassword',
  'password_hash',
  'token',
  'authorization',
  'Authorization',
  'proxy-authorization',
  'secret',
  'client_secret',
  'card_number',
  'cardNumber',
  'CARD-NUMBER',
  'pan',
  'cvv',
  'refresh_token',
  'refreshToken',
  'access_token',
  'api_key',
  'x-api-key',
  'cookie',
  'set-cookie',
  'mainstay-identity',
])('hides the value of %s at the top and 4 levels deep', (key) => {
  expect(redact({ [key]: 'abc' })).toEqual({ [key]: '[redacted]' });
  expect(redact({ a: [{ b: { c: { [key]: { inner: 'abc' } } } }] })).toEqual({
    a: [{ b: { c: { [key]: '[redacted]' } } }],
  });
});

test.each(['page_token', 'next_page_token', 'tokens_left', 'panel', 'company', 'monkey'])(
  'shows the value of %s',
  (key) => {
    expect(redact({ [key]: 'abc' })).toEqual({ [key]: 'abc' });
  },
);

test('says that a secret is absent instead of hiding null', () => {
  expect(redact({ password: null, token: undefined })).toEqual({ password: null });
});

describe('headers', () => {
  test('as Headers, as a map, as pairs and as a flat list', () => {
    const headers = { authorization: 'Bearer abc123', accept: 'text/html' };
    const clean = { authorization: '[redacted]', accept: 'text/html' };

    expect(redact(new Headers(headers))).toEqual(clean);
    expect(redact(new Map(Object.entries(headers)))).toEqual(clean);
    expect(redact(Object.entries(headers))).toEqual(Object.entries(clean));
    expect(redact(['Authorization', 'abc', 'Accept', 'text/html', 'Cookie', 'a=b'])).toEqual([
      'Authorization',
      '[redacted]',
      'Accept',
      'text/html',
      'Cookie',
      '[redacted]',
    ]);
  });
});

describe('errors', () => {
  test('a PlatformError shows reason, code, executed, retry, metadata, violations and its causes', () => {
    const driver = Object.assign(new Error('connect postgres://a:hunter2@db failed'), {
      code: 'ECONNREFUSED',
      query: 'select',
    });
    const error = new PlatformError(kernelReasons.REQUEST_INVALID, 'card 4242424242424242 is wrong', {
      retryAfterMs: 500,
      metadata: { order_id: '42', api_key: 'k' },
      violations: [{ field: 'a', rule: 'b', message: 'c' }],
      cause: driver,
    });

    const shown = redact({ error }) as { error: Record<string, unknown> };

    expect(shown.error).toMatchObject({
      type: 'PlatformError',
      reason: 'REQUEST_INVALID',
      code: 'invalid_argument',
      message: 'card [redacted] is wrong',
      executed: 'no',
      retry: 'after',
      retry_after_ms: 500,
      metadata: { order_id: '42', api_key: '[redacted]' },
      violations: [{ field: 'a', rule: 'b', message: 'c' }],
      cause: { type: 'Error', code: 'ECONNREFUSED', message: 'connect postgres://a:[redacted]@db failed' },
    });
    expect(JSON.stringify(shown)).not.toMatch(/hunter2|4242424242424242|select/);
  });

  test('an error that is its own cause, and the errors of an AggregateError', () => {
    const loop = new Error('loop');
    loop.cause = loop;
    const many = new AggregateError([new Error('a'), new Error('b')], 'many');

    expect(redact(loop)).toMatchObject({ message: 'loop', cause: '[circular]' });
    expect(redact(many)).toMatchObject({ message: 'many', errors: [{ message: 'a' }, { message: 'b' }] });
  });
});

describe('other values become plain data', () => {
  test.each([
    ['bigint', 12_345n, '12345'],
    ['date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['broken date', new Date(Number.NaN), 'invalid date'],
    ['bytes', new Uint8Array(5), '[5 bytes]'],
    ['address', new URL('http://a:b@c/'), 'http://a:[redacted]@c/'],
    ['set', new Set([1, 2]), [1, 2]],
    ['not a number', Number.NaN, 'NaN'],
    ['function', () => 1, '[function]'],
    ['card number as a number', 4_242_424_242_424_242, '[redacted]'],
    ['card number as a bigint', 4_242_424_242_424_242n, '[redacted]'],
    ['card number as a name', { '4242424242424242': 1 }, { '[redacted]': 1 }],
    ['own toJSON', { toJSON: () => ({ token: 'a', b: 1 }) }, { token: '[redacted]', b: 1 }],
    [
      'name of the prototype',
      JSON.parse('{"__proto__":{"token":"a"}}'),
      JSON.parse('{"__proto__":{"token":"[redacted]"}}'),
    ],
  ])('%s', (_, value, expected) => {
    expect(redact(value)).toEqual(expected);
  });

  test('a getter that throws spoils only its object', () => {
    const broken = {
      get a(): never {
        throw new Error('no');
      },
    };

    expect(redact({ broken, b: 1 })).toEqual({ broken: '[unreadable]', b: 1 });
  });

  test('cycles, depth over 10, over 200 entries and over 2,000 values are cut with a mark', () => {
    const cycle: Record<string, unknown> = { a: 1 };
    cycle['self'] = cycle;
    let deep: unknown = 'end';
    for (let level = 0; level < 15; level++) deep = { deep };
    const wide = Array.from({ length: 300 }, () => Array.from({ length: 300 }, () => [1]));

    expect(redact(cycle)).toEqual({ a: 1, self: '[circular]' });
    expect(JSON.stringify(redact(deep))).toContain('[too deep]');
    expect(redact(Array.from({ length: 201 }, () => 0))).toHaveLength(201);
    expect(redact(Array.from({ length: 201 }, () => 0))).toContain('… (201 items)');
    expect(JSON.stringify(redact(wide)).length).toBeLessThan(20_000);
  });
});

test('never changes the original', () => {
  const original = Object.freeze({ password: 'a', list: Object.freeze([Object.freeze({ token: 'b' })]) });

  redact(original);

  expect(original).toEqual({ password: 'a', list: [{ token: 'b' }] });
});
