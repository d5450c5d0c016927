import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { Product } from '@mainstay/contracts/products/v1/products';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Instance, type Lab, openLab, Person } from './lab.ts';

let lab: Lab;
let instance: Instance;
beforeAll(async () => {
  lab = await openLab();
});
beforeEach(() => {
  lab.neighbours.onArrival = () => undefined;
  instance = lab.start();
});
afterAll(async () => {
  await lab[Symbol.asyncDispose]();
});

const guest = new Person();

async function quote(of: readonly Product[], quantity = 2) {
  const header = { degraded: null as string | null };
  const { quote: given } = await guest.as(() =>
    instance.orders.quoteOrder(
      { items: of.map(({ id: productId }) => ({ productId, quantity })) },
      { onHeader: (received) => void (header.degraded = received.get('mainstay-degraded')) },
    ),
  );
  return { ...given!, ...header };
}

function productsAreDown(): void {
  lab.neighbours.onArrival = (method) => {
    if (method === 'batchGetProducts') throw lab.neighbours.down();
  };
}

test('a quote has the lines with the prices of now, tax, shipping and total, and nothing is stored or held', async () => {
  await using _instance = instance;
  const product = lab.neighbours.addProduct(10, 1_999n);

  const given = await quote([product]);

  expect(given.items).toMatchObject([{ productId: product.id, sku: product.sku, name: product.name, quantity: 2 }]);
  expect([given.subtotal, given.tax, given.shipping, given.total].map((money) => money?.minorUnits)).toEqual([
    3_998n,
    320n,
    599n,
    4_917n,
  ]);
  expect(given.degraded).toBeNull();
  expect((await lab.db.query('select id from orders')).rows).toEqual([]);
  expect(lab.neighbours.reservations.size).toBe(0);
});

test('while products are down a quote shows the prices known last and their age; an order is refused', async () => {
  await using _instance = instance;
  const [lamp, table] = [lab.neighbours.addProduct(10, 1_000n), lab.neighbours.addProduct(10, 3_000n)];
  await quote([lamp]);
  await instance.clock.advance(40_000);
  await quote([table]);
  const seenMs = instance.clock.nowMs() - 40_000;
  await instance.clock.advance(5_000);
  productsAreDown();

  const given = await quote([lamp, table]);

  expect(given.degraded).toBe('stale_cache;name="prices";age=45');
  expect(timestampMs(given.pricedAt!)).toBe(seenMs);
  expect(given.subtotal?.minorUnits).toBe(8_000n);
  await expect(guest.order(instance, lamp)).rejects.toMatchObject({ code: 'unavailable' });
  expect((await lab.db.query('select id from orders')).rows).toEqual([]);
});

test('a product that was never seen, and prices older than 15 minutes, are no answer', async () => {
  await using _instance = instance;
  const [known, unseen] = [lab.neighbours.addProduct(10), lab.neighbours.addProduct(10)];
  await quote([known]);
  productsAreDown();

  await expect(quote([known, unseen])).rejects.toMatchObject({ code: 'unavailable' });
  await instance.clock.advance(900_001);
  await expect(quote([known])).rejects.toMatchObject({ code: 'unavailable' });
});

test('a product that does not exist, or is named twice in another case, is refused with its line, up or down', async () => {
  await using _instance = instance;
  const gone = lab.neighbours.addProduct(10);
  lab.neighbours.products.delete(gone.id);

  const violations = [{ field: 'items[0].product_id', rule: 'product.unknown' }];
  await expect(quote([gone])).rejects.toMatchObject({ reason: 'REQUEST_INVALID', violations });
  productsAreDown();
  await expect(quote([gone])).rejects.toMatchObject({ reason: 'REQUEST_INVALID', violations });
});
