import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApi } from './support/api.ts';
import { orderAcrossCrash } from './support/crash.ts';
import { addProduct, type Person, type Product, signInAdmin, signUp } from './support/customer.ts';
import { type Fleet, startShop } from './support/fleet.ts';
import { runStorm } from './support/storm.ts';

let fleet: Fleet;
let customers: readonly Person[];
let product: Product;

beforeAll(async () => {
  fleet = await startShop();
  const api = createApi(fleet.gatewayUrl);
  customers = await Promise.all(Array.from({ length: 4 }, () => signUp(api)));
  product = await addProduct(await signInAdmin(api), 100_000);
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
});

test('orders killed at the charge, and again while it recovers from that: the order ends confirmed, charged once', async () => {
  const crash = { fleet, customer: customers[0]!, product, service: 'orders', token: 'tok_visa' };
  const points = { faultPoint: 'saga.after-call:capture-payment', againAt: 'saga.before-step:capture-payment' };
  expect(await orderAcrossCrash({ ...crash, ...points })).toBe('ORDER_STATUS_CONFIRMED');
});

test('services killed and PostgreSQL stopped at once, one after the other, under load: every order ends, once, and the books balance', async () => {
  const { wrong, kills, orders } = await runStorm({ fleet, product, customers, seconds: 0, kills: 4 });
  expect(wrong).toEqual([]);
  expect(kills).toEqual({ orders: 1, payments: 1, products: 1, postgres: 1 });
  expect(orders['ORDER_STATUS_CONFIRMED']).toBeGreaterThan(0);
}, 300_000);
