import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createApi } from './support/api.ts';
import { auditBooks } from './support/books.ts';
import { backwardPoints, forwardPoints, insist, orderAcrossCrash } from './support/crash.ts';
import { addProduct, type Person, type Product, signInAdmin, signUp } from './support/customer.ts';
import { type Fleet, startShop } from './support/fleet.ts';
import { kill9, until } from './support/processes.ts';

let fleet: Fleet;
let customer: Person;
let product: Product;

beforeAll(async () => {
  // A dead process' orders move on after 2 s instead of 10; there are thirty to wait for.
  fleet = await startShop({ env: { ORDERS_SAGA_LEASE_MS: '2000' } });
  const api = createApi(fleet.gatewayUrl);
  customer = await signUp(api);
  product = await addProduct(await signInAdmin(api), 10_000);
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
});

const across = (service: string, faultPoint: string, token: string): Promise<string> =>
  orderAcrossCrash({ fleet, customer, product, service, faultPoint, token });

describe('orders killed with -9', () => {
  test.each(forwardPoints)('at %s: the order ends confirmed', async (point) => {
    expect(await across('orders', point, 'tok_visa')).toBe('ORDER_STATUS_CONFIRMED');
  });

  test.each(backwardPoints)('at %s while undoing: the declined order ends cancelled', async (point) => {
    expect(await across('orders', point, 'tok_declined')).toBe('ORDER_STATUS_CANCELLED');
  });
});

describe('payments killed with -9', () => {
  test.each([
    'payments.before-authorize',
    'payments.after-authorize',
    'payments.before-capture',
    'payments.after-capture',
  ])('at %s: the order ends confirmed, charged once', async (point) => {
    expect(await across('payments', point, 'tok_visa')).toBe('ORDER_STATUS_CONFIRMED');
  });
});

test('products killed with -9 three times under 30 orders: every order ends', async () => {
  const orders = Array.from({ length: 30 }, async () => customer.settled(await insist(customer, product, 'tok_visa')));
  for (let i = 0; i < 3; i++) {
    kill9(
      await until('products to run', () => fleet.pidOf('products').catch(() => 0), {
        withinMs: 20_000,
        holds: (pid) => pid > 0,
      }),
    );
    await until('products to be back', () => fleet.pidOf('products').catch(() => 0), {
      withinMs: 20_000,
      holds: (pid) => pid > 0,
    });
  }

  const statuses = new Set((await Promise.all(orders)).map(({ status }) => status));

  for (const status of statuses) expect(['ORDER_STATUS_CONFIRMED', 'ORDER_STATUS_CANCELLED']).toContain(status);
});

test('after all crashes the books of the four services agree', async () => {
  await until('the books', () => auditBooks(fleet), { withinMs: 30_000, holds: (wrong) => wrong.length === 0 });
});
