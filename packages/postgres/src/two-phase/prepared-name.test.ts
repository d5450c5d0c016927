import { uuidv7 } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import { formatPreparedName, parsePreparedName, requirePartName } from './prepared-name.ts';

test('a name tells coordinator, transaction and participant, and is short enough with the longest of each', () => {
  const name = { coordinator: 'c'.repeat(48), id: uuidv7(), participant: 'p'.repeat(48) };
  const text = formatPreparedName(name);
  expect(text.length).toBeLessThanOrEqual(200);
  expect(parsePreparedName(text)).toEqual(name);
});

test.each([
  '',
  'other',
  `mainstay:a:no-uuid:b`,
  `mainstay:a:${uuidv7()}`,
  `mainstay:a:${uuidv7()}:b:c`,
  `x:a:${uuidv7()}:b`,
])('%j is not a name of ours', (text) => {
  expect(parsePreparedName(text)).toBeUndefined();
});

test.each(["it's", 'A', '', 'a:b', 'a'.repeat(49), '1a'])('%j cannot be a part of a name', (part) => {
  expect(() => requirePartName('part', part)).toThrow('must be');
});
