import { expect, test } from 'vitest';
import { advertisedAddress } from './advertised-address.ts';

test.each([
  ['127.0.0.1:5000', undefined, '127.0.0.1:5000'],
  ['[::1]:5000', undefined, '[::1]:5000'],
  ['127.0.0.1:5000', 'orders-7f.shop.svc', 'orders-7f.shop.svc:5000'],
  ['0.0.0.0:5000', '10.1.2.3', '10.1.2.3:5000'],
  ['[::]:5000', 'fd00::1', '[fd00::1]:5000'],
])('%s advertised as %s is %s', (bound, advertised, expected) => {
  expect(advertisedAddress(bound, advertised)).toBe(expected);
});

test('a listener bound to all addresses is not advertised as such', () => {
  expect(advertisedAddress('0.0.0.0:5000', undefined)).toMatch(/^\d+\.\d+\.\d+\.\d+:5000$/);
  expect(advertisedAddress('0.0.0.0:5000', undefined)).not.toContain('0.0.0.0');
});
