import { expect, test } from 'vitest';
import { isUuid, uuidv7 } from './ids.ts';

test('an id is a version 7 UUID of variant 10', () => {
  const id = uuidv7();

  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(isUuid(id)).toBe(true);
});

test('the first 48 bits are the time: the example of RFC 9562', () => {
  const id = uuidv7({ nowMs: () => 0x017f22e279b0 });

  expect(id.slice(0, 13)).toBe('017f22e2-79b0');
});

test('10,000 ids of one millisecond are all different', () => {
  const ids = new Set(Array.from({ length: 10_000 }, () => uuidv7({ nowMs: () => 1_000 })));

  expect(ids.size).toBe(10_000);
});

test.each([
  ['017f22e2-79b0-7cc3-98c4-dc0c0c07398f', true],
  ['017F22E2-79B0-7CC3-98C4-DC0C0C07398F', true],
  ['9a3f2b1c-0000-4000-8000-000000000000', true],
  ['00000000-0000-0000-0000-000000000000', false],
  ['017f22e279b07cc398c4dc0c0c07398f', false],
  ['{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}', false],
  ['017f22e2-79b0-7cc3-98c4-dc0c0c07398f ', false],
  ['017f22e2-79b0-7cc3-98c4-dc0c0c07398f\n', false],
  ['017f22e2-79b0-7cc3-98c4-dc0c0c07398', false],
  ["' or 1=1 --", false],
  ['', false],
])('isUuid(%j) is %s', (value, expected) => {
  expect(isUuid(value)).toBe(expected);
});
