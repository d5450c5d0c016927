import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createApi } from './support/api.ts';
import { addProduct, type Order, type Person, type Product, signIn, signInAdmin, signUp } from './support/customer.ts';
import { type Fleet, startShop } from './support/fleet.ts';
import { until } from './support/processes.ts';

let fleet: Fleet;
let admin: Person;
let customer: Person;
let product: Product;

beforeAll(async () => {
  // Orders are taken down while payments is away, and end when it is back.
  fleet = await startShop({ env: { GATEWAY_DEGRADATION_WHEN_AWAY: 'queue' } });
  const api = createApi(fleet.gatewayUrl);
  admin = await signInAdmin(api);
  customer = await signUp(api);
  product = await addProduct(admin, 10);
});
afterAll(async () => {
  await fleet[Symbol.asyncDispose]();
});

const key = { MAINSTAY_API_KEY: 'demo-enterprise' };
const asAdmin = (...args: string[]) => fleet.mainstayWith({ ...key, MAINSTAY_TOKEN: admin.token }, ...args);

/** Output of a command that must succeed, as JSON. */
async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await asAdmin(...args, '--json');
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as T;
}

interface Stuck {
  readonly service: string;
  readonly kind: string;
  readonly id: string;
  readonly type: string;
  readonly actions: readonly string[];
}

/** An order that is being undone while payments and products, which have its hold and its stock, are away until the test is over. */
async function orderThatCannotBeUndone(): Promise<string> {
  onTestFinished(async () => {
    for (const name of ['payments', 'products']) await fleet.mainstay('start', name);
  });
  await fleet.mainstay('stop', 'payments');
  const { status, body } = await customer.order(product.id, 1, { prefer: 'wait=0' });
  expect(status).toBe(202);
  const reserved = async () => (await customer.get<Order>(`/v1/orders/${body.id}`)).body.status;
  await until('the reservation', reserved, { withinMs: 30_000, holds: (now) => now === 'ORDER_STATUS_RESERVED' });
  await fleet.mainstay('stop', 'products');
  await customer.post(`/v1/orders/${body.id}:cancel`, { reason: 'changed my mind' }, randomUUID());
  const steps = async () =>
    (await admin.get<{ sagas: { status: string }[] }>(`/v1/operations/orders/sagas?subject=${body.id}`)).body.sagas;
  const isUndone = (sagas: { status: string }[]) => sagas[0]?.status === 'SAGA_STATUS_COMPENSATING';
  await until('the undoing', steps, { withinMs: 30_000, holds: isUndone });
  return body.id;
}

test('without an administrator the commands say how to sign in, and a session of one is kept for the next command', async () => {
  const nobody = await fleet.mainstayWith(key, 'saga', 'list');
  expect([nobody.code, nobody.stderr]).toEqual([
    1,
    expect.stringMatching(/^mainstay: nobody is signed in; sign in with `mainstay login/),
  ]);
  const other = await fleet.mainstayWith({ ...key, MAINSTAY_TOKEN: customer.token }, 'saga', 'list');
  expect([other.code, other.stderr]).toEqual([1, expect.stringMatching(/^mainstay: this account is no administrator/)]);

  const wrong = await fleet.mainstayWith({ ...key, MAINSTAY_PASSWORD: 'wrong' }, 'login', 'admin@shop.test');
  expect(wrong.code).toBe(1);
  const password = { ...key, MAINSTAY_PASSWORD: 'admin-password-1' };
  const login = await fleet.mainstayWith(password, 'login', 'admin@shop.test');
  expect([login.code, login.stdout]).toEqual([0, expect.stringContaining('roles: customer, admin')]);
  const listed = await fleet.mainstayWith(key, 'saga', 'list');
  expect([listed.code, listed.stderr]).toEqual([0, '']);
});

test('an order that cannot be undone stands among stuck work; a person resolves it, and who and why is kept', async () => {
  const orderId = await orderThatCannotBeUndone();
  const items = await json<Stuck[]>('stuck', '--subject', orderId, '--kind', 'saga', '--age', '1s');
  expect(items).toMatchObject([
    { service: 'orders', kind: 'saga', type: 'place-order', actions: ['retry', 'skip', 'resolve'] },
  ]);
  const { id } = items[0]!;

  const shown = await asAdmin('saga', 'show', id);
  expect(shown.stdout).toMatch(/compensating/);
  expect(shown.stdout).toMatch(/reserve-stock +completed/);
  expect(shown.stdout).toContain(`mainstay saga resolve --as … ${id} --reason …`);
  const refused = await asAdmin('saga', 'compensate', id, '--reason', 'again');
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('it is being undone already')]);

  const resolved = await asAdmin('saga', 'resolve', id, '--as', 'compensated', '--reason', 'stock counted by hand');
  expect(resolved.code, resolved.stderr).toBe(0);
  const order = await customer.settled(orderId);
  expect(order.status).toBe('ORDER_STATUS_CANCELLED');
  expect(await json('stuck', 'actions')).toMatchObject([
    {
      service: 'orders',
      kind: 'saga',
      id,
      action: 'resolve',
      actor: `user:${admin.userId}`,
      reason: 'stock counted by hand',
    },
  ]);
  expect(
    (await json<{ sagas: { id: string }[] }>('saga', 'list', '--subject', orderId, '--state', 'compensated')).sagas,
  ).toMatchObject([{ id }]);

  const told = await asAdmin('events', 'tail', '--subject', orderId, '--last', '100');
  expect(told.stdout).toContain('orders.v1.OrderCancelled');
});

interface Projection {
  readonly service: string;
  readonly name: string;
  readonly behind_count: number;
  readonly rebuilt_by: string;
}

test('tables are made anew from events by a command while orders are placed, and the history of an order stays as it was', async () => {
  const place = async (): Promise<string> => {
    const { status, body, text } = await customer.order(product.id, 1, { patient: true });
    expect(status, text).toBe(201);
    return body.id;
  };
  await until('an order', () => customer.order(product.id, 1), {
    withinMs: 30_000,
    holds: ({ status }) => status === 201,
  });
  const orderId = await place();
  const history = async () => {
    const { body } = await customer.get<{ entries: { type: string }[] }>(`/v1/orders/${orderId}/history`);
    return body.entries.map(({ type }) => type);
  };
  const whole = ['OrderCreated', 'OrderInventoryReserved', 'OrderConfirmed'];
  await until('the history', history, { withinMs: 10_000, holds: (entries) => entries.length === whole.length });

  for (const name of ['order-status', 'order-history', 'payment-status']) {
    const [rebuilt] = await Promise.all([asAdmin('projections', 'rebuild', name, '--reason', 'to see'), place()]);
    expect([rebuilt.code, rebuilt.stdout], rebuilt.stderr).toEqual([
      0,
      expect.stringMatching(/follows from \d+ events anew/),
    ]);
  }

  expect(await history()).toEqual(whole);
  const listed = await json<Projection[]>('projections', 'list');
  expect(listed.map(({ service, name, rebuilt_by: by }) => [service, name, by])).toEqual([
    ['orders', 'order-status', `user:${admin.userId}`],
    ['orders', 'order-history', `user:${admin.userId}`],
    ['orders', 'order-analytics', ''],
    ['payments', 'payment-status', `user:${admin.userId}`],
  ]);
  const stranger = await signUp(admin.api);
  expect((await stranger.get(`/v1/orders/${orderId}/history`)).status).toBe(404);
});

test('support is shown one customer by a grant, in the account and in no other, is in the record with it, and masked again when it is taken back', async () => {
  const [helper, other] = [await signUp(admin.api), await signUp(admin.api)];
  const { body: placed } = await customer.order(product.id, 1, { patient: true });
  const order = ['--order', placed.id, '--for', '1h'];
  const why = ['--reason', 'parcel is lost'];
  const given = await json<{ id: string }>('grants', 'give', helper.userId, ...order, ...why);
  const { body: me } = await helper.get<{ email: string }>('/v1/users/me');
  const emails = async (): Promise<unknown[]> => {
    const again = await signIn(admin.api, me.email, 'correct horse battery');
    const read = async ({ userId }: Person) => (await again.get<{ email?: string }>(`/v1/users/${userId}`)).body.email;
    return [await read(customer), await read(other)];
  };

  const helped = await emails();
  const listed = await json<{ grants: object[] }>('grants', 'list', helper.userId);
  expect((await asAdmin('grants', 'revoke', helper.userId, given.id)).code).toBe(0);

  const { body: customerSeesItself } = await customer.get<{ email: string }>('/v1/users/me');
  expect(helped).toEqual([customerSeesItself.email, expect.stringContaining('***')]);
  expect(listed.grants).toMatchObject([{ id: given.id, customer_id: customer.userId, reason: 'parcel is lost' }]);
  const reads = await json<{ user_id: string; grants: string[]; fields: string[] }[]>('gateway', 'clear-reads');
  const own = reads.filter(({ user_id: userId }) => userId === helper.userId);
  expect(own.map(({ grants, fields }) => [grants, fields.includes('users.v1.User.email')])).toEqual([
    [[given.id], true],
  ]);
  expect(await emails()).toEqual([undefined, undefined]);
});
