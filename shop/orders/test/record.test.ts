import { OrderStatus } from '@mainstay/contracts/orders/v1/orders';
import type { LeaseKeeper } from '@mainstay/kernel';
import { withFault } from '@mainstay/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Instance, type Lab, openLab, Person, until } from './lab.ts';

let lab: Lab;
let instance: Instance;
let following: AsyncDisposable;
const admin = new Person('admin');
const leases: LeaseKeeper = {
  run: (name, work, signal) => work({ name, epoch: 1, signal, fence: (sql) => sql }),
};
beforeAll(async () => {
  lab = await openLab();
  instance = lab.start();
  following = instance.record.projections.follow({ leases });
});
afterAll(async () => {
  await following[Symbol.asyncDispose]();
  await instance[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});
beforeEach(() => {
  lab.neighbours.onArrival = () => undefined;
});

const ship = (id: string) => admin.as(() => instance.orders.shipOrder({ id, trackingNumber: 'T-1' }));
const caughtUp = () =>
  until(async () => (await instance.record.projections.list()).every(({ behindCount }) => behindCount === 0));

/** Every byte of the tables of a projection. */
async function content(tables: readonly string[]): Promise<string> {
  const parts = tables.map((table) => `select '${table} ' || t::text as line from ${table} t`);
  const { rows } = await lab.db.query<{ all: string }>(
    `select string_agg(line, E'\\n' order by line) as all from (${parts.join(' union all ')}) as lines`,
  );
  return rows[0]!.all;
}

test('order-status, order-history and order-analytics made anew are the same to the byte, while orders are placed and shipped', async () => {
  const product = lab.neighbours.addProduct(100);
  const customer = new Person('customer');
  const place = async (token = 'tok_visa') => (await customer.order(instance, product, { token })).order;
  const first = await Promise.all([place(), place(), place(), place()]);
  await place('tok_declined').catch(() => undefined);
  await ship(first[0].id);
  await admin.as(() => instance.orders.returnOrder({ id: first[0].id, reason: 'broken' }));
  await customer.as(() => instance.orders.cancelOrder({ id: first[1].id, reason: '' }));

  for (const { name, tables } of await instance.record.projections.list()) {
    using fault = withFault('rebuild.after-batch');
    const rebuilding = instance.record.projections.rebuild(name, { actor: 'test', why: 'to see', batchSize: 5 });
    await fault.reached;
    const meanwhile = await place();
    fault.release();
    await Promise.all([rebuilding, ship(meanwhile.id), place()]);
    await caughtUp();

    const before = await content(tables);
    await instance.record.projections.rebuild(name, { actor: 'test', why: 'again' });
    expect(await content(tables), name).toBe(before);
    expect(before.split('\n').length, name).toBeGreaterThan(1);
  }
});

test('the history of an order names people to administrators only, and is hidden from strangers', async () => {
  const product = lab.neighbours.addProduct(5);
  const customer = new Person('customer');
  const { order } = await customer.order(instance, product);
  await ship(order.id);
  await caughtUp();
  const historyFor = async (person: Person) =>
    (await person.as(() => instance.orders.getOrderHistory({ id: order.id }))).entries;

  const seen = await historyFor(customer);
  expect(seen.map(({ version, type, status, actor }) => [version, type, status, actor])).toEqual([
    [1n, 'OrderCreated', OrderStatus.PENDING, 'customer'],
    [2n, 'OrderInventoryReserved', OrderStatus.RESERVED, 'saga'],
    [3n, 'OrderConfirmed', OrderStatus.CONFIRMED, 'saga'],
    [4n, 'OrderShipped', OrderStatus.SHIPPED, 'admin'],
  ]);
  expect(seen.map(({ actorId, traceId }) => actorId + traceId)).toEqual(['', '', '', '']);
  const audited = await historyFor(admin);
  expect(audited.map(({ actorId }) => actorId)).toEqual([customer.id, '', '', admin.id]);
  expect(audited[3]?.traceId).toMatch(/^[0-9a-f]{32}$/);
  await expect(historyFor(new Person('customer'))).rejects.toMatchObject({ reason: 'ORDER_NOT_FOUND' });
});

test('what a person asked for stands in the history with its reason, before what came of it', async () => {
  const product = lab.neighbours.addProduct(1);
  const customer = new Person('customer');
  using fault = withFault('saga.after-call:authorize-payment');
  const { order } = await customer.order(instance, product, { waitSeconds: 0 });
  await fault.reached;
  const cancelling = customer.as(() => instance.orders.cancelOrder({ id: order.id, reason: 'too slow' }));
  await until(
    async () => (await lab.db.query(`select from stream_events where type like '%CancelRequested'`)).rowCount > 0,
  );
  fault.release();
  await cancelling;
  await caughtUp();

  const { entries } = await admin.as(() => instance.orders.getOrderHistory({ id: order.id }));
  expect(entries.map(({ type, reason, actor }) => [type, reason, actor])).toEqual([
    ['OrderCreated', '', 'customer'],
    ['OrderInventoryReserved', '', 'saga'],
    ['OrderCancelRequested', 'too slow', 'customer'],
    ['OrderTurnedBack', 'too slow', 'customer'],
    ['OrderCancelled', 'too slow', 'customer'],
  ]);
});

test('of 10 administrators who ship an order at once with 10 tracking numbers one does, and the stream has one event of it', async () => {
  const product = lab.neighbours.addProduct(1);
  const { order } = await new Person('customer').order(instance, product);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) =>
      admin.as(() => instance.orders.shipOrder({ id: order.id, trackingNumber: `T-${i}` })),
    ),
  );

  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  const { rows } = await lab.db.query<{ version: bigint; type: string }>(
    'select version, type from stream_events where stream = $1 order by version',
    [`order:${order.id}`],
  );
  expect(rows.map(({ version }) => version)).toEqual([1n, 2n, 3n, 4n]);
  expect(rows[3]?.type).toBe('orders.v1.OrderShipped');
});

test('3 orders placed and 2 of them paid are a conversion of 66.67 % with the revenue of the two', async () => {
  const day = instance.clock;
  await day.advance(86_400_000);
  const product = lab.neighbours.addProduct(5);
  const customer = new Person('customer');
  const paid = [(await customer.order(instance, product)).order, (await customer.order(instance, product)).order];
  await customer.order(instance, product, { token: 'tok_declined' }).catch(() => undefined);
  await caughtUp();

  const today = new Date(day.nowMs()).toISOString().slice(0, 10);
  const { totals } = await admin.as(() => instance.orders.getOrderStatistics({ fromDay: today, toDay: today }));
  expect(totals).toMatchObject({
    placedCount: 3n,
    confirmedCount: 2n,
    cancelledCount: 1n,
    conversionBasisPoints: 6_667,
  });
  expect(totals?.revenue).toMatchObject([{ minorUnits: paid.reduce((sum, { total }) => sum + total!.minorUnits, 0n) }]);
});
