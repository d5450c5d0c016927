import { currentContext, withContext } from '@mainstay/kernel/context';
import { expect, test } from 'vitest';
import { readYourWrites, writtenToken } from './written.ts';

const note = (database: string, position: bigint): void => currentContext()?.written?.raise(database, position);

test('a call knows the highest position it wrote in each database, and a later one that is given its token does', () => {
  const token = readYourWrites({}, () => {
    note('orders', 300n);
    note('orders', 200n);
    note('products', 2n ** 63n);
    return writtenToken();
  });
  readYourWrites({ after: token }, () => {
    const written = currentContext()?.written;
    expect([written?.of('orders'), written?.of('products'), written?.of('users')]).toEqual([
      300n,
      2n ** 63n,
      undefined,
    ]);
    expect(writtenToken()).toBe(token);
  });
});

test('one inside another adds to it', () => {
  readYourWrites({}, () => {
    readYourWrites({ after: 'orders.ff' }, () => note('products', 1n));
    expect(writtenToken()).toBe('orders.ff~products.1');
  });
});

test('what was written stays with the call when a part of it runs with other fields', () => {
  readYourWrites({}, () => {
    withContext({ tenant: 't1' }, () => note('orders', 1n));
    expect(writtenToken()).toBe('orders.1');
  });
});

test('there is no token outside, and none of a call that wrote nothing', () => {
  expect(writtenToken()).toBeUndefined();
  expect(readYourWrites({}, writtenToken)).toBeUndefined();
});

test.each([
  ['empty', ''],
  ['of another shape', 'orders'],
  ['a number too large', `orders.${'f'.repeat(17)}`],
  ['with one bad part', 'orders.1~Products.2'],
  ['of 9 databases', Array.from({ length: 9 }, (_, n) => `d${n}.1`).join('~')],
  ['of 513 characters', `${'a'.repeat(511)}.1`],
])('a token that is %s counts as none', (_, token) => {
  expect(readYourWrites({ after: token }, writtenToken)).toBeUndefined();
});
