import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Api, createApi } from './support/api.ts';
import { auditBooks } from './support/books.ts';
import { addProduct, type OrderAnswer, type Person, type Product, signInAdmin, signUp } from './support/customer.ts';
import { type Fleet, startShop } from './support/fleet.ts';
import { kill9, until } from './support/processes.ts';

let fleet: Fleet;
let api: Api;
let customer: Person;
let product: Product;

beforeAll(async () => {
  fleet = await startShop();
  api = createApi(fleet.gatewayUrl);
  customer = await signUp(api);
  product = await addProduct(await signInAdmin(api), 10_000);
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
});

const restartsOf = async (name: string) =>
  (await fleet.status()).components.find((component) => component.name === name)!.restarts;

/** Restarts a service so that it kills itself at a fault point, places an order into it, and waits for its end. */
async function orderAcrossCrash(service: string, faultPoint: string, cardToken: string): Promise<string> {
  const armed = await fleet.mainstay('restart', service, '--env', `MAINSTAY_FAULT_POINTS=${faultPoint}=kill`);
  expect(armed.stderr, armed.stderr).toBe('');
  const before = await restartsOf(service);
  const key = crypto.randomUUID();
  // The process dies under the first call; what the client sees then is not the point, the same key sent again is.
  const placed = await until<OrderAnswer | undefined>(
    `an order across ${service} at ${faultPoint}`,
    async () => customer.order(product.id, 1, { token: cardToken, key }).catch(() => undefined),
    {
      withinMs: 60_000,
      holds: (answer) => answer !== undefined && (answer.body.order_id ?? answer.body.id) !== undefined,
    },
  );
  const order = await customer.settled((placed!.body.order_id ?? placed!.body.id)!);
  await until(`the restart of ${service}`, () => restartsOf(service), { withinMs: 20_000, holds: (n) => n > before });
  return order.status;
}

const steps = ['validate-user', 'reserve-stock', 'authorize-payment', 'capture-payment', 'confirm'];

describe('orders killed with -9', () => {
  test.each(
    steps.flatMap((step) => ['before-step', 'after-call', 'after-checkpoint'].map((when) => `saga.${when}:${step}`)),
  )('at %s: the order ends confirmed', async (point) => {
    expect(await orderAcrossCrash('orders', point, 'tok_visa')).toBe('ORDER_STATUS_CONFIRMED');
  });

  test.each(
    ['authorize-payment', 'reserve-stock'].flatMap((step) =>
      ['before-compensation', 'after-compensation'].map((when) => `saga.${when}:${step}`),
    ),
  )('at %s: the declined order ends cancelled', async (point) => {
    expect(await orderAcrossCrash('orders', point, 'tok_declined')).toBe('ORDER_STATUS_CANCELLED');
  });

  test('at saga.before-finish: the order ends confirmed', async () => {
    expect(await orderAcrossCrash('orders', 'saga.before-finish', 'tok_visa')).toBe('ORDER_STATUS_CONFIRMED');
  });
});

describe('payments killed with -9', () => {
  test.each([
    'payments.before-authorize',
    'payments.after-authorize',
    'payments.before-capture',
    'payments.after-capture',
  ])('at %s: the order ends confirmed, charged once', async (point) => {
    expect(await orderAcrossCrash('payments', point, 'tok_visa')).toBe('ORDER_STATUS_CONFIRMED');
  });
});

test('products killed with -9 three times under 30 orders: every order ends', async () => {
  const orders = Array.from({ length: 30 }, async () => {
    const key = crypto.randomUUID();
    const placed = await until<OrderAnswer | undefined>(
      'an order while products dies',
      async () => customer.order(product.id, 1, { key }).catch(() => undefined),
      {
        withinMs: 60_000,
        holds: (answer) => answer !== undefined && (answer.body.order_id ?? answer.body.id) !== undefined,
      },
    );
    return await customer.settled((placed!.body.order_id ?? placed!.body.id)!);
  });
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
