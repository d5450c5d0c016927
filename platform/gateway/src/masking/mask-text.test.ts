import { expect, it } from 'vitest';
import { maskText } from './mask-text.ts';

it.each([
  ['jane@example.com', 'j***@e***.com'],
  ['jane.doe@mail.example.co.uk', 'j***@m***.uk'],
  ['jd@example.com', '***@e***.com'],
  ['jane@ab.de', 'j***@***.de'],
  ['jane@localhost', '***'],
  ['jane @example.com', '***'],
  ['a@b@example.com', '***'],
  [`${'a'.repeat(250)}@example.com`, '***'],
  ['Jane', '***'],
  ['', ''],
])('masks %j as %j', (text, masked) => {
  expect(maskText(text)).toBe(masked);
});
