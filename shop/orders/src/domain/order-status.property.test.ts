import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canMove, moves, type OrderStatus } from './order-status.ts';

const all = Object.keys(moves) as OrderStatus[];

/** Every legal move, as the contract's comment lists them. */
const legal: readonly [OrderStatus, OrderStatus][] = [
  ['pending', 'reserved'],
  ['reserved', 'confirmed'],
  ['confirmed', 'shipped'],
  ['shipped', 'delivered'],
  ['shipped', 'returned'],
  ['delivered', 'returned'],
  ['pending', 'cancelled'],
  ['reserved', 'cancelled'],
  ['confirmed', 'cancelled'],
];

test('exactly the 9 moves of the contract are legal', () => {
  for (const from of all) {
    for (const to of all) {
      expect(canMove(from, to), `${from} to ${to}`).toBe(legal.some(([a, b]) => a === from && b === to));
    }
  }
});

test('whatever is asked for, an order is paid before it is shipped, shipped before returned, and ends for ever', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...all), { maxLength: 30 }), (wishes) => {
      const history: OrderStatus[] = ['pending'];
      for (const wish of wishes) if (canMove(history.at(-1)!, wish)) history.push(wish);

      const at = (status: OrderStatus): number => history.indexOf(status);
      expect(new Set(history).size).toBe(history.length);
      if (at('shipped') !== -1) expect(at('confirmed')).toBe(at('shipped') - 1);
      if (at('returned') !== -1) expect(at('shipped')).toBeGreaterThan(0);
      if (at('cancelled') !== -1) {
        expect(at('shipped')).toBe(-1);
        expect(at('cancelled')).toBe(history.length - 1);
      }
    }),
  );
});
