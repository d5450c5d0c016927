import { expect, test } from 'vitest';
import { deriveNames } from './names.ts';

test('all spellings follow from the plural', () => {
  expect(deriveNames('reviews', [])).toEqual({
    name: 'reviews',
    Name: 'Reviews',
    NAME: 'REVIEWS',
    entity: 'review',
    Entity: 'Review',
    ENTITY: 'REVIEW',
  });
});

test.each([
  ['deliveries', 'delivery'],
  ['boxes', 'box'],
  ['branches', 'branch'],
  ['houses', 'house'],
  ['coupons', 'coupon'],
])('one of the %s is a %s', (name, entity) => {
  expect(deriveNames(name, [])).toMatchObject({ entity });
});

test.each([
  ['Reviews', 'a name is 3 to 30 lower-case letters and digits, got "Reviews"'],
  ['gift-cards', 'a name is 3 to 30 lower-case letters and digits, got "gift-cards"'],
  ['../x', 'a name is 3 to 30 lower-case letters and digits, got "../x"'],
  ['review', 'a name is a plural such as reviews, got "review"'],
  ['orders', 'orders exists already'],
  ['tables', 'tables is a word of PostgreSQL, protobuf or the platform; choose another'],
])('%j is refused with its reason', (name, reason) => {
  expect(deriveNames(name, ['orders'])).toBe(reason);
});
