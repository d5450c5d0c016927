import { expect, test } from 'vitest';
import { KeyHash } from './key-hash.ts';

const count = 200_000;

test.each<[string, (n: number) => string]>([
  ['numbers behind a word', (n) => `client-${n}`],
  ['addresses', (n) => `all:10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`],
  ['ids that differ at their beginning', (n) => `${n.toString(16).padStart(8, '0')}-0000-7000-8000-000000000000`],
  ['letters beyond one byte', (n) => String.fromCharCode(0x400 + (n >> 9), 0x4e00 + (n & 511))],
])('200,000 %s never meet in 64 bits, and in 32 of them as rarely as chance has it', (_, keyOf) => {
  const hash = new KeyHash();
  const [highs, lows, both] = [new Set<number>(), new Set<number>(), new Set<string>()];

  for (let n = 0; n < count; n++) {
    hash.of(keyOf(n));
    highs.add(hash.high);
    lows.add(hash.low);
    both.add(`${hash.high} ${hash.low}`);
  }

  expect(both.size).toBe(count);
  // Chance makes 4.7 pairs meet; 30 or more are rarer than one run in 10^13.
  expect(count - highs.size).toBeLessThan(30);
  expect(count - lows.size).toBeLessThan(30);
});

test('keys that go on where another ends are others, and low is never 0', () => {
  const hash = new KeyHash();
  const seen = new Set<number>();

  for (let length = 0; length < 1_000; length++) {
    hash.of('\0'.repeat(length));
    expect(hash.low).not.toBe(0);
    seen.add(hash.low);
  }

  expect(seen.size).toBe(1_000);
});
