import { expect, test } from 'vitest';
import { findDisagreements, type OrderBooks, type PaymentBooks, type StockState } from './disagreements.ts';
import type { OrderStatus } from './order-status.ts';

const total = 2_598n;
const nothing: PaymentBooks = {
  state: 'voided',
  captured: 0n,
  refunded: 0n,
  processorHeld: 0n,
  processorCaptured: 0n,
  processorRefunded: 0n,
};
const held: PaymentBooks = { ...nothing, state: 'authorized', processorHeld: total };
const charged: PaymentBooks = { ...nothing, state: 'captured', captured: total, processorCaptured: total };
const refunded: PaymentBooks = { ...charged, state: 'refunded', refunded: total, processorRefunded: total };

const of = (status: OrderStatus | undefined, payment: PaymentBooks | undefined, stock: StockState): OrderBooks => ({
  order: status === undefined ? undefined : { status, total },
  payment,
  stock,
});
const verdict = (books: OrderBooks): string[] =>
  findDisagreements(books).map(({ kind, repair }) => (repair === undefined ? kind : `${kind}: ${repair}`));

test.each<[string, OrderBooks, string[]]>([
  ['confirmed, charged and sold', of('confirmed', charged, 'committed'), []],
  ['shipped, charged and sold', of('shipped', charged, 'committed'), []],
  ['cancelled before anything happened', of('cancelled', undefined, 'none'), []],
  ['cancelled, given up and released', of('cancelled', nothing, 'released'), []],
  ['returned, refunded and restocked', of('returned', refunded, 'restocked'), []],
  [
    'confirmed and refunded in part by an administrator',
    of('confirmed', { ...charged, refunded: 5n, processorRefunded: 5n }, 'committed'),
    [],
  ],
  ['unknown, with nothing left', of(undefined, refunded, 'released'), []],
  ['unknown, and charged', of(undefined, charged, 'none'), ['charge_of_no_order']],
  ['unknown, with a hold and stock', of(undefined, held, 'held'), ['charge_of_no_order', 'stock_of_no_order']],
  ['reserved without a saga', of('reserved', held, 'held'), ['order_stranded']],
  ['cancelled, and charged', of('cancelled', charged, 'released'), ['charge_kept: cancel_payment']],
  ['cancelled, and held', of('cancelled', held, 'released'), ['charge_kept: cancel_payment']],
  ['returned, the refund is missing', of('returned', charged, 'restocked'), ['charge_kept: cancel_payment']],
  [
    'returned, refunded only in our books',
    of('returned', { ...refunded, processorRefunded: 0n }, 'restocked'),
    ['charge_kept'],
  ],
  ['cancelled, the stock is held', of('cancelled', nothing, 'held'), ['stock_kept: release_stock']],
  ['cancelled, the stock is sold', of('cancelled', refunded, 'committed'), ['stock_kept: restock']],
  ['confirmed, nothing is charged', of('confirmed', undefined, 'committed'), ['charge_missing']],
  ['confirmed, only held', of('confirmed', held, 'committed'), ['charge_missing: capture_payment']],
  [
    'confirmed, held with another amount',
    of('confirmed', { ...held, processorHeld: 1n }, 'committed'),
    ['charge_missing'],
  ],
  [
    'confirmed, charged only at the processor',
    of('confirmed', { ...held, processorHeld: 0n, processorCaptured: total }, 'committed'),
    ['charge_unrecorded: capture_payment'],
  ],
  [
    'confirmed, another amount is charged',
    of('confirmed', { ...charged, captured: 1n, processorCaptured: 1n }, 'committed'),
    ['amount_differs'],
  ],
  [
    'confirmed, the processor charged twice',
    of('confirmed', { ...charged, processorCaptured: 2n * total }, 'committed'),
    ['processor_differs'],
  ],
  [
    'confirmed, the processor gave back',
    of('confirmed', { ...charged, processorRefunded: total }, 'committed'),
    ['processor_differs'],
  ],
  ['confirmed, the stock is only held', of('confirmed', charged, 'held'), ['stock_missing: commit_stock']],
  ['confirmed, the hold has expired', of('confirmed', charged, 'expired'), ['stock_missing: commit_stock']],
  ['confirmed, the stock was given back', of('confirmed', charged, 'released'), ['stock_missing']],
])('an order that is %s is judged', (_, books, expected) => {
  expect(verdict(books)).toEqual(expected);
});
