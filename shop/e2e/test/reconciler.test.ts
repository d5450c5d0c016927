import { type Database, openDatabase } from '@mainstay/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApi } from './support/api.ts';
import { addProduct, type Person, type Product, signInAdmin, signUp } from './support/customer.ts';
import { type Fleet, startShop } from './support/fleet.ts';
import { askProcessor, readLedger } from './support/ledger.ts';
import { until } from './support/processes.ts';

let fleet: Fleet;
let admin: Person;
let customer: Person;
let product: Product;
const databases: Record<string, Database> = {};

beforeAll(async () => {
  const env = { ORDERS_RECONCILER_INTERVAL_MS: '300', ORDERS_RECONCILER_MIN_AGE_MS: '0' };
  fleet = await startShop({ single: true, env });
  const api = createApi(fleet.gatewayUrl);
  admin = await signInAdmin(api);
  customer = await signUp(api);
  product = await addProduct(admin, 100);
  for (const name of ['orders', 'payments', 'products']) {
    databases[name] = await openDatabase({ url: await fleet.databaseUrl(name), name: 'inject', maxConnections: 2 });
  }
});
afterAll(async () => {
  await Promise.all(Object.values(databases).map((each) => each[Symbol.asyncDispose]()));
  await fleet[Symbol.asyncDispose]();
});

async function change(service: string, sql: string, values: readonly unknown[] = []): Promise<void> {
  const { rowCount } = await databases[service]!.query(sql, values);
  if (rowCount === 0) throw new Error(`nothing to change in ${service}: ${sql}`);
}

async function place(): Promise<string> {
  const { status, body } = await customer.order(product.id, 1, { prefer: 'wait=10' });
  expect(status).toBe(201);
  return body.id;
}

/** What the reconciler holds about a subject, as `kind state` with the repair it knows. */
async function verdicts(subject: string): Promise<string[]> {
  const { rows } = await databases['orders']!.query<{ kind: string; state: string; repair: string | null }>(
    'select kind, state, repair from disagreements where subject = $1 order by kind',
    [subject],
  );
  return rows.map(({ kind, state, repair }) => [kind, state, ...(repair === null ? [] : [repair])].join(' '));
}

const judged = (subject: string, ...expected: string[]) =>
  until(`${subject} to be ${expected.join(', ')}`, () => verdicts(subject), {
    withinMs: 60_000,
    holds: (found) => JSON.stringify(found) === JSON.stringify(expected),
  });

/** One value of a row of a service. */
async function look(service: string, sql: string, subject: string): Promise<string> {
  const { rows } = await databases[service]!.query<{ value: string }>(sql, [subject]);
  return rows[0]?.value ?? 'none';
}

const paymentOf = (orderId: string) =>
  look('payments', 'select status as value from payments where order_id = $1', orderId);
const stockOf = (orderId: string) =>
  look('products', 'select status as value from reservations where order_id = $1', orderId);

/** Undoes in the stock what a sale did, so that only the reservation tells of it. */
async function unsell(orderId: string, to: 'held' | 'released'): Promise<void> {
  await change('products', `update reservations set status = $2 where order_id = $1`, [orderId, to]);
  const reserved = to === 'held' ? 1 : 0;
  await change('products', 'update stock set on_hand = on_hand + 1, reserved = reserved + $2 where product_id = $1', [
    product.id,
    reserved,
  ]);
}

test('a cancelled order whose refund and restock are missing gets both', async () => {
  const orderId = await place();
  await change('orders', `update orders set status = 'cancelled' where id = $1`, [orderId]);

  await judged(orderId, 'charge_kept repaired cancel_payment', 'stock_kept repaired restock');
  expect([await paymentOf(orderId), await stockOf(orderId)]).toEqual(['refunded', 'restocked']);
  const paymentId = await look('payments', 'select id::text as value from payments where order_id = $1', orderId);
  const entries = (await readLedger(fleet)).filter(({ reference }) => reference === paymentId);
  expect(entries.map(({ kind }) => kind)).toEqual(['authorize', 'capture', 'refund']);
});

test('a confirmed order whose stock is only held gets its stock', async () => {
  const orderId = await place();
  await unsell(orderId, 'held');

  await judged(orderId, 'stock_missing repaired commit_stock');
  expect(await stockOf(orderId)).toBe('committed');
});

test('a charge that payments forgot is recorded again without a second one', async () => {
  const orderId = await place();
  await change('payments', `update payments set status = 'authorized', captured_minor_units = 0 where order_id = $1`, [
    orderId,
  ]);

  await judged(orderId, 'charge_unrecorded repaired capture_payment');
  expect(await paymentOf(orderId)).toBe('captured');
  const paymentId = await look('payments', 'select id::text as value from payments where order_id = $1', orderId);
  const captures = (await readLedger(fleet)).filter(
    ({ kind, reference }) => kind === 'capture' && reference === paymentId,
  );
  expect(captures).toHaveLength(1);
});

test('a confirmed order without a payment is reported, and so is the charge that nobody knows; nothing is touched', async () => {
  const orderId = await place();
  const paymentId = await look('payments', 'select id::text as value from payments where order_id = $1', orderId);
  await change('payments', 'delete from payment_transactions where payment_id = $1', [paymentId]);
  await change('payments', 'delete from payments where id = $1', [paymentId]);
  const reference = `stray-${orderId}`;
  await askProcessor(fleet, '/v1/authorizations', { token: 'tok_visa', amount_minor: 700, currency: 'USD', reference });

  await judged(orderId, 'charge_missing open');
  await judged(reference, 'charge_unknown open');
  expect(await stockOf(orderId)).toBe('committed');
});

test('a charge and stock of an order that is lost are reported and kept, until a person resolves them', async () => {
  const orderId = await place();
  await change('orders', 'delete from order_items where order_id = $1', [orderId]);
  await change('orders', 'delete from orders where id = $1', [orderId]);

  await judged(orderId, 'charge_of_no_order open', 'stock_of_no_order open');
  expect([await paymentOf(orderId), await stockOf(orderId)]).toEqual(['captured', 'committed']);

  const url = `/v1/operations/orders/stuck-work`;
  const listed = await admin.get<{ items: { id: string; kind: string; type: string; needs_person: boolean }[] }>(
    `${url}?kinds=disagreement&subject=${orderId}`,
  );
  expect(listed.body.items.map(({ type, needs_person: needs }) => [type, needs])).toEqual([
    ['charge_of_no_order', true],
    ['stock_of_no_order', true],
  ]);
  for (const { id, kind } of listed.body.items) {
    const resolved = await admin.post(`${url}/${kind}/${id}:resolve`, { reason: 'order typed in again' });
    expect(resolved.status, resolved.text).toBe(200);
  }
  await judged(orderId, 'charge_of_no_order resolved', 'stock_of_no_order resolved');
});

test('two further walks change nothing: no charge, no refund, no verdict; healthy and running orders are left alone', async () => {
  const healthy = await place();
  const running = customer.order(product.id, 1, { token: 'tok_slow', prefer: 'wait=10' });
  const state = async () => {
    const { rows } = await databases['orders']!.query(
      'select id, state, attempts, closed_at from disagreements order by id',
    );
    const ledger = (await readLedger(fleet)).map(({ kind, reference }) => `${kind} ${reference}`);
    return JSON.stringify([rows, ledger]);
  };
  expect((await running).status).toBe(201);
  const walked = () =>
    look('orders', 'select moved_at::text as value from reconciliation_cursors where scan = $1', 'charges');
  const passWalk = async () => {
    const before = await walked();
    await until('a walk', walked, { withinMs: 60_000, holds: (now) => now !== before });
  };
  await passWalk();
  await passWalk();
  const before = await state();
  await passWalk();
  await passWalk();
  expect(await state()).toBe(before);
  expect(await verdicts(healthy)).toEqual([]);
  expect(await verdicts((await running).body.id)).toEqual([]);
});
