import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApi } from './support/api.ts';
import { auditBooks } from './support/books.ts';
import { addProduct, type Product, signInAdmin, signUp } from './support/customer.ts';
import { type Fleet, startShop } from './support/fleet.ts';

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startShop();
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
});

test('200 concurrent orders for the last 50 pieces: exactly 50 confirmed, stock 0, no hold, no charge too many', async () => {
  const api = createApi(fleet.gatewayUrl);
  const admin = await signInAdmin(api);
  const customers = await Promise.all(Array.from({ length: 10 }, () => signUp(api)));
  const product = await addProduct(admin, 50);

  const answers = await Promise.all(
    Array.from({ length: 200 }, async (_, i) => {
      const customer = customers[i % customers.length]!;
      const answer = await customer.order(product.id, 1);
      const id = answer.body.order_id ?? answer.body.id;
      return id === undefined ? { answer, order: undefined } : { answer, order: await customer.settled(id) };
    }),
  );

  expect(answers.filter(({ order }) => order === undefined).map(({ answer }) => answer.text)).toEqual([]);
  expect(answers.filter(({ order }) => order?.status === 'ORDER_STATUS_CONFIRMED')).toHaveLength(50);
  expect(answers.filter(({ order }) => order?.cancel_reason === 'INSUFFICIENT_INVENTORY')).toHaveLength(150);
  const { body } = await api.call<Product>('GET', `/v1/products/${product.id}`);
  expect(body).toMatchObject({ stock_quantity: 0, reserved_quantity: 0, available_quantity: 0 });
  expect(await auditBooks(fleet)).toEqual([]);
});
