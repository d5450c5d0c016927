import { expect, test } from 'vitest';
import { absenceOf, showShare } from './split-lines.ts';

test.each([
  [90, 3, '1.0.0 90 % (3 instances)'],
  [33.3333, 1, '1.0.0 33.33 % (1 instance)'],
  [0, 0, '1.0.0 0 % (no instance)'],
  [10, null, '1.0.0 10 %'],
])('a version with %d % of the traffic and %s instances', (percent, instances, line) => {
  expect(showShare({ version: '1.0.0', percent, instances })).toBe(line);
});

test('versions that nobody runs are named', () => {
  expect(absenceOf('products', ['2.0.0', '3.0.0'])).toMatch(
    /^no instance of products 2\.0\.0 and products 3\.0\.0 is registered/,
  );
});
