import { expect, test } from 'vitest';
import { createPaymentTokenVault } from './payment-token-vault.ts';

const vault = createPaymentTokenVault('0f'.repeat(32));

test('what is sealed opens for its own order only, and never looks the same twice', () => {
  const sealed = vault.seal('tok_visa', 'order-1');
  expect(vault.open(sealed, 'order-1')).toBe('tok_visa');
  expect(vault.seal('tok_visa', 'order-1')).not.toBe(sealed);
  expect(() => vault.open(sealed, 'order-2')).toThrow(/payment token of order order-2 cannot be decrypted/);
});

test.each(['', 'x', vault.seal('tok_visa', 'order-1').slice(0, -2)])('refuses damaged bytes: %j', (sealed) => {
  expect(() => vault.open(sealed, 'order-1')).toThrow(/cannot be decrypted/);
});

test('another key opens nothing and hashes differently', () => {
  const other = createPaymentTokenVault('f0'.repeat(32));
  expect(() => other.open(vault.seal('tok_visa', 'order-1'), 'order-1')).toThrow(/cannot be decrypted/);
  const request = new TextEncoder().encode('request');
  expect(vault.hash(request)).toEqual(vault.hash(request));
  expect(other.hash(request)).not.toEqual(vault.hash(request));
});
