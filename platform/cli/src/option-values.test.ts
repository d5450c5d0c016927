import { expect, test } from 'vitest';
import {
  collectWord,
  parseDuration,
  parseInstant,
  parseLetterId,
  parsePosition,
  parseReason,
} from './option-values.ts';

test.each([
  ['90s', 90_000],
  ['15m', 900_000],
  ['2h', 7_200_000],
  ['365d', 31_536_000_000],
])('%s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['5', 's', '-1s', '1.5h', '366d', '1w', ''])('%j is no duration', (text) => {
  expect(() => parseDuration(text)).toThrow('It must be a number and s, m, h or d');
});

test('the id of a dead letter is consumer, source and position', () => {
  expect(parseLetterId('notes/orders/17')).toEqual({ consumer: 'notes', source: 'orders', position: 17n });
  expect(parseLetterId('notes/orders/-3')).toMatchObject({ position: -3n });
  for (const text of ['17', 'notes/orders', 'notes/orders/x', 'a/b/c/1']) {
    expect(() => parseLetterId(text)).toThrow('consumer/source/position');
  }
});

test('positions, instants, words and reasons are checked', () => {
  expect(parsePosition('0')).toBe(0n);
  expect(() => parsePosition('-1')).toThrow('whole number');
  expect(parseInstant('2026-11-28T10:00:00Z').toISOString()).toBe('2026-11-28T10:00:00.000Z');
  expect(() => parseInstant('yesterday')).toThrow('a time such as');
  expect(collectWord('orders', ['users'])).toEqual(['users', 'orders']);
  expect(() => collectWord('Orders')).toThrow('lower-case');
  expect(parseReason('why')).toBe('why');
  expect(() => parseReason('x'.repeat(501))).toThrow('at most 500');
});
