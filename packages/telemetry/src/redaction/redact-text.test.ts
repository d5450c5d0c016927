import { describe, expect, test } from 'vitest';
import { redactText } from './redact-text.ts';

const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl';

describe('removes', () => {
  test.each([
    ['a JWT', `token was ${jwt} today`, 'token was [redacted] today'],
    ['an unsigned JWT', 'got eyJhbGciOiJub25lIn0.eyJzdWIiOiI0MiJ9. ok', 'got [redacted] ok'],
    ['a Visa number', 'card 4242424242424242 refused', 'card [redacted] refused'],
    ['a number with spaces', 'card 4242 4242 4242 4242 refused', 'card [redacted] refused'],
    ['a number with dashes', 'card 5555-5555-5555-4444', 'card [redacted]'],
    ['15 digits of American Express', '378282246310005', '[redacted]'],
    ['19 digits', '6304000000000000000', '[redacted]'],
    ['a number after a prefix with a dash', 'pan-4242424242424242-x', 'pan-[redacted]-x'],
    ['a number before an amount', '4242 4242 4242 4242 100', '[redacted] 100'],
    ['a number after an amount', '100 4242424242424242', '100 [redacted]'],
    ['two numbers in a row', '4242424242424242 5555555555554444', '[redacted] [redacted]'],
    ['a social security number', 'ssn 078-05-1120, or 219-09-9999.', 'ssn [redacted], or [redacted].'],
    ['a bearer header', 'authorization: Bearer abc123def', 'authorization: Bearer [redacted]'],
    ['a basic header', 'Basic dXNlcjpwYXNz sent', 'Basic [redacted] sent'],
    [
      'a password in an address',
      'postgres://orders:hunter2@db:5432/orders',
      'postgres://orders:[redacted]@db:5432/orders',
    ],
    ['a form pair', 'grant=x&refresh_token=abc.def&y=1', 'grant=x&refresh_token=[redacted]&y=1'],
    ['a key in a query', '/v1/products?api_key=demo-free&page=2', '/v1/products?api_key=[redacted]&page=2'],
    ['a JSON pair', '{"mail":"a@b","password":"hun\\"ter2"}', '{"mail":"a@b","password":"[redacted]"}'],
    ['a number in a JSON pair', '{"cvv": 123, "a": 1}', '{"cvv": "[redacted]", "a": 1}'],
    ['a JSON pair cut before its end', '{"access_token":"abc', '{"access_token":"[redacted]"'],
    [
      'a pair in JSON inside JSON',
      '{"body":"{\\"password\\":\\"hunter2\\",\\"a\\":1}"}',
      '{"body":"{\\"password\\":\\"[redacted]\\",\\"a\\":1}"}',
    ],
  ])('%s', (_, text, expected) => {
    expect(redactText(text)).toBe(expected);
  });
});

describe('leaves', () => {
  test.each([
    ['epoch milliseconds', 'at 1763683200000 and 1763683200000000'],
    ['a UUID of digits', 'order 42424242-4242-4242-8242-424242424242'],
    ['digits that fail the Luhn check', 'number 4242424242424243'],
    ['twelve digits', 'number 424242424242'],
    [
      'numbers that were never given out as social security numbers',
      '000-12-3456, 666-12-3456, 901-12-3456, 123-00-4567',
    ],
    ['a social security number in a longer word', 'part 123-45-6789-x, a-123-45-6789, 2026-11-29'],
    ['a trace id', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'],
    ['plain words about secrets', 'the token: expired, no password given, Basic checks passed'],
    ['an address without a password', 'http://127.0.0.1:8080/v1/orders?page_size=20'],
    ['a short text', 'ok'],
  ])('%s', (_, text) => {
    expect(redactText(text)).toBe(text);
  });
});

test('cuts a text of 20,000 characters before a half secret and tells its length', () => {
  const text = `${'word '.repeat(1_636)}4242 4242 4242 4242 ${'x'.repeat(12_000)}`;

  const shown = redactText(text);

  expect(shown.length).toBeLessThan(8_300);
  expect(shown).toMatch(/word… \(\d+ characters\)$/);
});

test.each([
  ['eyJ-', 'jwt starts'],
  ['a-', 'word parts'],
  ['"password', 'open quotes'],
  ['\\"password\\":\\"\\\\', 'nested quotes'],
  ['4 ', 'single digits'],
  ['Bearer ', 'schemes'],
  ['://a:', 'addresses'],
])('reads 8,192 characters of %j in well under a second', (part) => {
  const text = `= ${part.repeat(9_000 / part.length)}`.slice(0, 8_192);
  const startedMs = performance.now();

  redactText(text);

  expect(performance.now() - startedMs).toBeLessThan(400);
});
