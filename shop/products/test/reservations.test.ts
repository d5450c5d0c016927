import { create } from '@bufbuild/protobuf';
import {
  CommitStockRequestSchema,
  GetProductRequestSchema,
  ReleaseStockRequestSchema,
  ReserveStockRequestSchema,
  RestockRequestSchema,
} from '@mainstay/contracts/products/v1/products';
import { uuidv7 } from '@mainstay/kernel';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expireReservations } from '../src/reservations/expire-reservations.ts';
import { commitStock } from '../src/rpc/commit-stock.ts';
import { getProduct } from '../src/rpc/get-product.ts';
import { releaseStock } from '../src/rpc/release-stock.ts';
import { reserveStock } from '../src/rpc/reserve-stock.ts';
import { restock } from '../src/rpc/restock.ts';
import { openTestShop, type TestShop } from './shop.ts';

let shop: TestShop;
beforeAll(async () => {
  shop = await openTestShop();
});
afterAll(() => shop[Symbol.asyncDispose]());

const reserve = (orderId: string, ...lines: [productId: string, quantity: number][]) =>
  reserveStock(
    shop.deps,
    create(ReserveStockRequestSchema, {
      orderId,
      lines: lines.map(([productId, quantity]) => ({ productId, quantity })),
    }),
  );
const release = (orderId: string) => releaseStock(shop.deps, create(ReleaseStockRequestSchema, { orderId }));
const commit = (orderId: string) => commitStock(shop.deps, create(CommitStockRequestSchema, { orderId }));
const putBack = (orderId: string) => restock(shop.deps, create(RestockRequestSchema, { orderId }));

async function stockOf(id: string): Promise<{ onHand: number; reserved: number }> {
  const { product } = await getProduct(shop.deps, create(GetProductRequestSchema, { id }));
  return { onHand: product!.stockQuantity, reserved: product!.reservedQuantity };
}

test('of 50 concurrent orders for the last piece exactly 1 holds it and 49 hear that 0 are available', async () => {
  const { id } = await shop.addProduct(1);

  const answers = await Promise.all(Array.from({ length: 50 }, () => reserve(uuidv7(), [id, 1])));

  const short = answers.flatMap(({ outcome }) => (outcome.case === 'short' ? [outcome.value.shortages[0]!] : []));
  expect(short).toHaveLength(49);
  expect(new Set(short.map((entry) => entry.availableQuantity))).toEqual(new Set([0]));
  expect(await stockOf(id)).toEqual({ onHand: 1, reserved: 1 });
});

test('40 concurrent orders of the same 2 products in opposite order never wait for each other in a ring', async () => {
  const [a, b] = [await shop.addProduct(40), await shop.addProduct(40)];

  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      i % 2 === 0 ? reserve(uuidv7(), [a.id, 1], [b.id, 1]) : reserve(uuidv7(), [b.id, 1], [a.id, 1]),
    ),
  );

  expect(answers.every(({ outcome }) => outcome.case === 'reserved')).toBe(true);
  expect(await stockOf(a.id)).toEqual({ onHand: 40, reserved: 40 });
});

test('a second line that is short leaves the first line unheld', async () => {
  const [plenty, scarce] = [await shop.addProduct(10), await shop.addProduct(2)];

  const { outcome } = await reserve(uuidv7(), [plenty.id, 5], [scarce.id, 3]);

  expect(outcome).toMatchObject({
    case: 'short',
    value: { shortages: [{ productId: scarce.id, availableQuantity: 2 }] },
  });
  expect(await stockOf(plenty.id)).toEqual({ onHand: 10, reserved: 0 });
});

test('reserving twice for one order holds once, and releasing one order twice leaves the hold of the other', async () => {
  const { id } = await shop.addProduct(10);
  const [one, other] = [uuidv7(), uuidv7()];
  await reserve(one, [id, 3]);
  await reserve(one, [id, 3]);
  await reserve(other, [id, 4]);

  expect((await release(one)).released).toBe(true);
  expect((await release(one)).released).toBe(true);

  expect(await stockOf(id)).toEqual({ onHand: 10, reserved: 4 });
});

test('20 concurrent reservations of one order hold once', async () => {
  const { id } = await shop.addProduct(100);
  const orderId = uuidv7();

  await Promise.all(Array.from({ length: 20 }, () => reserve(orderId, [id, 2])));

  expect(await stockOf(id)).toEqual({ onHand: 100, reserved: 2 });
});

test('a release that arrives before its reservation blocks it', async () => {
  const { id } = await shop.addProduct(5);
  const orderId = uuidv7();

  expect((await release(orderId)).released).toBe(false);

  await expect(reserve(orderId, [id, 1])).rejects.toMatchObject({ reason: 'RESERVATION_CLOSED' });
  expect(await stockOf(id)).toEqual({ onHand: 5, reserved: 0 });
});

test('committing twice sells once, releasing afterwards is refused, and restocking twice puts back once', async () => {
  const { id } = await shop.addProduct(5);
  const orderId = uuidv7();
  await reserve(orderId, [id, 2]);

  const first = await commit(orderId);
  expect(await commit(orderId)).toEqual(first);
  expect(await stockOf(id)).toEqual({ onHand: 3, reserved: 0 });
  await expect(release(orderId)).rejects.toMatchObject({ reason: 'RESERVATION_COMMITTED' });

  expect((await putBack(orderId)).restocked).toBe(true);
  expect((await putBack(orderId)).restocked).toBe(true);
  expect(await stockOf(id)).toEqual({ onHand: 5, reserved: 0 });
});

test('a hold goes back on sale when its 15 minutes are over, and its order can still be committed while stock lasts', async () => {
  const { id } = await shop.addProduct(3);
  const orderId = uuidv7();
  await reserve(orderId, [id, 2]);

  await shop.clock.advance(900_000 - 1);
  await expireReservations(shop.deps);
  expect(await stockOf(id)).toEqual({ onHand: 3, reserved: 2 });

  await shop.clock.advance(1);
  await expireReservations(shop.deps);
  expect(await stockOf(id)).toEqual({ onHand: 3, reserved: 0 });

  await commit(orderId);
  expect(await stockOf(id)).toEqual({ onHand: 1, reserved: 0 });
});

test('an expired hold whose stock was sold to others is refused and sells nothing', async () => {
  const { id } = await shop.addProduct(1);
  const [late, quick] = [uuidv7(), uuidv7()];
  await reserve(late, [id, 1]);
  await shop.clock.advance(900_001);
  await expireReservations(shop.deps);
  await reserve(quick, [id, 1]);
  await commit(quick);

  await expect(commit(late)).rejects.toMatchObject({ reason: 'RESERVATION_STOCK_GONE' });
  expect(await stockOf(id)).toEqual({ onHand: 0, reserved: 0 });
});

test('committing an order that never reserved is refused', async () => {
  await expect(commit(uuidv7())).rejects.toMatchObject({ reason: 'RESERVATION_NOT_FOUND' });
});

test('every change of stock is a movement: their sums are what is on hand and held', async () => {
  const { rows } = await shop.database.query<{ wrong: number }>(`
    select count(*)::int as wrong from stock s
    where on_hand <> (select coalesce(sum(on_hand_delta), 0) from stock_movements m where m.product_id = s.product_id)
       or reserved <> (select coalesce(sum(reserved_delta), 0) from stock_movements m where m.product_id = s.product_id)`);

  expect(rows[0]!.wrong).toBe(0);
});
