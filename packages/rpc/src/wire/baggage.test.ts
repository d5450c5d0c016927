import { expect, test } from 'vitest';
import { formatBaggage, parseBaggage } from './baggage.ts';

test.each<[Record<string, string>, string]>([
  [{ 'request-id': 'req-456' }, 'request-id=req-456'],
  [{ a: '1', b: 'x, y; é=%' }, 'a=1,b=x%2C%20y%3B%20%C3%A9%3D%25'],
  [{ a: '' }, 'a='],
])('%j is written as %s and read back', (baggage, header) => {
  expect(formatBaggage(baggage)).toBe(header);
  expect(parseBaggage(header)).toEqual(baggage);
});

test('properties are dropped, unreadable entries are left out', () => {
  expect(parseBaggage('a=1;ttl=3, b=%zz, c d=2, =3,UP=4, e=5')).toEqual({ a: '1', e: '5' });
  expect([parseBaggage(undefined), parseBaggage(''), parseBaggage('x')]).toEqual([undefined, undefined, undefined]);
});

test('at most 8 entries and 1,024 characters go along', () => {
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, 'v']));

  expect(Object.keys(parseBaggage(formatBaggage(many) ?? '') ?? {})).toHaveLength(8);
  expect(formatBaggage({ a: 'x'.repeat(1_100), b: '1' })).toBeUndefined();
  expect(parseBaggage(`a=${'x'.repeat(1_100)}`)).toBeUndefined();
  expect([formatBaggage({}), formatBaggage(undefined)]).toEqual([undefined, undefined]);
});

test('a name that could change a prototype is an entry like any other', () => {
  expect(Object.getPrototypeOf(parseBaggage('__proto__=1') ?? {})).toBe(Object.prototype);
});
