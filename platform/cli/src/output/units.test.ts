import { expect, test } from 'vitest';
import { showBytes, showDuration } from './units.ts';

test.each([
  [null, '-'],
  [0, '0.0 s'],
  [842, '0.8 s'],
  [59_940, '59.9 s'],
  [59_950, '1m 00s'],
  [185_000, '3m 05s'],
  [3_599_600, '1h 00m'],
  [7_800_000, '2h 10m'],
  [86_400_000, '1d 0h'],
  [356_400_000, '4d 3h'],
])('%s ms is shown as %s', (ms, shown) => {
  expect(showDuration(ms)).toBe(shown);
});

test.each([
  [null, '-'],
  [0, '0 MB'],
  [432_013_312, '412 MB'],
  [1_073_741_824, '1.0 GB'],
  [1_288_490_189, '1.2 GB'],
])('%s bytes are shown as %s', (bytes, shown) => {
  expect(showBytes(bytes)).toBe(shown);
});
