import { anonymousIdentity, type Identity } from '@mainstay/kernel/context';
import { describe, expect, it } from 'vitest';
import { CallerBook } from './caller-book.ts';

const free = { tier: 'free', tenant: undefined };
const user = (userId: string, ...roles: string[]): Identity => ({ kind: 'user', userId, roles });

describe('the book of callers', () => {
  it('gives one object for equal callers and another one when user, roles, tier or tenant differ', () => {
    const book = new CallerBook();
    const ann = book.of(user('ann', 'customer'), free);

    expect(ann).toEqual({ kind: 'user', userId: 'ann', roles: ['customer'], tier: 'free' });
    expect(book.of(user('ann', 'customer'), free)).toBe(ann);
    expect(book.of(anonymousIdentity, free)).toBe(book.of(anonymousIdentity, free));
    const others = [
      book.of(user('ann', 'customer'), { ...free, tier: 'enterprise' }),
      book.of(user('ann', 'customer', 'admin'), free),
      book.of(user('ann', 'customer,admin'), free),
      book.of(user('bob', 'customer'), free),
      book.of(anonymousIdentity, free),
      book.of(anonymousIdentity, { ...free, tier: 'anonymous' }),
      book.of(anonymousIdentity, { ...free, tenant: 'acme' }),
      book.of(user('ann', 'customer'), { ...free, tenant: 'acme' }),
    ];
    expect(new Set([ann, ...others]).size).toBe(9);
  });

  it('forgets the caller that came first when 1,000 are known', () => {
    const book = new CallerBook();
    const [first, second] = [book.of(user('first'), free), book.of(user('second'), free)];
    for (let n = 0; n < 999; n++) book.of(user(`user-${n}`), free);

    expect(book.of(user('second'), free)).toBe(second);
    expect(book.of(user('first'), free)).not.toBe(first);
  });
});
