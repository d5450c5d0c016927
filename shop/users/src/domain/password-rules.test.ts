import { expect, test } from 'vitest';
import { passwordViolations } from './password-rules.ts';

test.each([
  ['demo-password-1', []],
  ['correct horse battery', []],
  ['пароль-с-буквами', []],
  ['short', ['too_short']],
  ['a'.repeat(129), ['too_long', 'too_repetitive']],
  ['abababababab', ['too_repetitive']],
  ['Password123', ['too_common']],
  ['my-name-is-dana.doe!', ['contains_email']],
  ['DANA.DOE-1234', ['contains_email']],
])('%j breaks %j', (password, rules) => {
  const found = passwordViolations(password, 'dana.doe@shop.test', 'password');

  expect(found.map(({ rule }) => rule)).toEqual(rules.map((rule) => `password.${rule}`));
});

test('a violation never contains the password', () => {
  const found = passwordViolations('hunter2', 'hunter2@shop.test', 'password');

  expect(found.length).toBeGreaterThan(0);
  expect(JSON.stringify(found)).not.toContain('hunter2');
});
