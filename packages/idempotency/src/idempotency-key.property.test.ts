import { isPlatformError } from '@mainstay/kernel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isIdempotencyKey, requireIdempotencyKey } from './idempotency-key.ts';

const visible = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 255,
});

function thrownBy(key: string | undefined): unknown {
  try {
    return requireIdempotencyKey(key);
  } catch (error) {
    return error;
  }
}

test('every string of 1 to 255 visible ASCII characters is a key and comes back unchanged', () => {
  fc.assert(fc.property(visible, (key) => requireIdempotencyKey(key) === key));
});

test('a string with one other character anywhere is no key', () => {
  const other = fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }).filter((text) => !/^[\x21-\x7e]$/.test(text));
  fc.assert(
    fc.property(visible, other, fc.nat(254), (key, wrong, at) => {
      const position = at % key.length;
      return !isIdempotencyKey(`${key.slice(0, position)}${wrong}${key.slice(position)}`);
    }),
  );
});

test('256 characters, no character and no key at all are refused, and the message never shows the key', () => {
  for (const key of ['x'.repeat(256), '', undefined, 'secret value', 'line\n', 'tab\t', 'ü']) {
    const error = thrownBy(key);
    expect(isPlatformError(error, 'IDEMPOTENCY_KEY_INVALID')).toBe(true);
    if (key !== undefined && key !== '') expect((error as Error).message).not.toContain(key);
  }
  expect(isIdempotencyKey('x'.repeat(255))).toBe(true);
});
