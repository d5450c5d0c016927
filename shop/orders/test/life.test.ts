import { deepEqual } from 'node:assert/strict';
import { OrderStatus } from '@mainstay/contracts/orders/v1/orders';
import { uuidv7 } from '@mainstay/kernel';
import { withFault } from '@mainstay/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { auditAll, type Instance, type Lab, openLab, Person, passPauses, sagaOf, until } from './lab.ts';

let lab: Lab;
let instance: Instance;
const admin = new Person('admin');
beforeAll(async () => {
  lab = await openLab();
  instance = lab.start();
});
afterAll(async () => {
  deepEqual(await auditAll(lab), []);
  await instance[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});
beforeEach(() => {
  lab.neighbours.onArrival = () => undefined;
});

const cancel = (person: Person, id: string, reason = '') =>
  person.as(() => instance.orders.cancelOrder({ id, reason })).then(({ order }) => order!);
const ship = (id: string, trackingNumber = 'TRACK-1') =>
  admin.as(() => instance.orders.shipOrder({ id, trackingNumber })).then(({ order }) => order!);
const deliver = (id: string) => admin.as(() => instance.orders.deliverOrder({ id })).then(({ order }) => order!);
const takeBack = (id: string) =>
  admin.as(() => instance.orders.returnOrder({ id, reason: 'broken' })).then(({ order }) => order!);

test('ship, deliver and return move a confirmed order along, each with its line of history; repeating changes nothing', async () => {
  const product = lab.neighbours.addProduct(4);
  const customer = new Person('customer');
  const { order } = await customer.order(instance, product);

  expect(await ship(order.id)).toMatchObject({ status: OrderStatus.SHIPPED, trackingNumber: 'TRACK-1' });
  expect((await ship(order.id)).history).toHaveLength(4);
  await expect(ship(order.id, 'TRACK-2')).rejects.toMatchObject({ reason: 'ORDER_STATE' });
  expect(await deliver(order.id)).toMatchObject({ status: OrderStatus.DELIVERED });
  expect((await deliver(order.id)).history).toHaveLength(5);
  const returned = await takeBack(order.id);

  expect(returned).toMatchObject({ status: OrderStatus.RETURNED });
  expect(returned.history.slice(-3).map(({ to, actor, reason }) => [to, actor, reason])).toEqual([
    [OrderStatus.SHIPPED, 'admin', ''],
    [OrderStatus.DELIVERED, 'admin', ''],
    [OrderStatus.RETURNED, 'admin', 'broken'],
  ]);
  expect((await takeBack(order.id)).history).toHaveLength(6);
  expect(lab.neighbours.payments.get(order.id)?.status).toBe('refunded');
  expect(lab.neighbours.availableOf(product.id)).toBe(4);
});

test('a confirmed order that its customer cancels is refunded and restocked', async () => {
  const product = lab.neighbours.addProduct(2);
  const customer = new Person('customer');
  const { order } = await customer.order(instance, product, { quantity: 2 });

  const cancelled = await cancel(customer, order.id, 'changed my mind');

  expect(cancelled).toMatchObject({ status: OrderStatus.CANCELLED, cancelReason: 'changed my mind' });
  expect(cancelled.history.at(-1)).toMatchObject({ actor: 'customer', reason: 'changed my mind' });
  expect(lab.neighbours.availableOf(product.id)).toBe(2);
  expect((await cancel(customer, order.id)).history).toHaveLength(cancelled.history.length);
  await expect(ship(order.id)).rejects.toMatchObject({ reason: 'ORDER_STATE', metadata: { status: 'cancelled' } });
});

test('an order under way that is cancelled before the charge is turned round and never charged', async () => {
  const product = lab.neighbours.addProduct(1);
  const customer = new Person('customer');
  using fault = withFault('saga.after-call:authorize-payment');
  const { order } = await customer.order(instance, product, { waitSeconds: 0 });
  await fault.reached;

  const cancelling = cancel(customer, order.id);
  const sagaId = await sagaOf(lab, order.id);
  await until(async () => (await instance.sagas.engine.read(sagaId))?.record.cancelReason !== null);
  fault.release();

  expect(await cancelling).toMatchObject({
    status: OrderStatus.CANCELLED,
    cancelReason: 'CANCELLED_BY_CUSTOMER',
    history: [{}, {}, { to: OrderStatus.CANCELLED, actor: 'customer' }],
  });
  expect(lab.neighbours.payments.get(order.id)?.status).toBe('voided');
});

test('a cancel request that comes after the charge is kept: the order is confirmed, then refunded and restocked', async () => {
  const product = lab.neighbours.addProduct(1);
  const customer = new Person('customer');
  using fault = withFault('saga.after-call:capture-payment');
  const { order } = await customer.order(instance, product, { waitSeconds: 0 });
  await fault.reached;

  // Nobody waits, so nobody but the closing transaction can begin the cancelling.
  const asked = await admin.as(() => instance.orders.cancelOrder({ id: order.id }), { preferWaitSeconds: 0 });
  expect(asked.order).toMatchObject({ status: OrderStatus.RESERVED });
  fault.release();
  await until(async () => (await customer.get(instance, order.id)).status !== OrderStatus.RESERVED);
  await instance.clock.advance(500);
  await until(async () => (await customer.get(instance, order.id)).status === OrderStatus.CANCELLED);

  const cancelled = await customer.get(instance, order.id);
  expect(cancelled.cancelReason).toBe('CANCELLED_BY_SHOP');
  expect(cancelled.history.map(({ to, actor }) => [to, actor])).toEqual([
    [OrderStatus.PENDING, 'customer'],
    [OrderStatus.RESERVED, 'saga'],
    [OrderStatus.CONFIRMED, 'saga'],
    [OrderStatus.CANCELLED, 'admin'],
  ]);
  expect(lab.neighbours.payments.get(order.id)?.status).toBe('refunded');
});

test('whoever cancels after the charge and waits gets the order when it is cancelled', async () => {
  const product = lab.neighbours.addProduct(1);
  const customer = new Person('customer');
  using fault = withFault('saga.before-step:confirm');
  const { order } = await customer.order(instance, product, { waitSeconds: 0 });
  await fault.reached;

  const cancelling = cancel(customer, order.id);
  const sagaId = await sagaOf(lab, order.id);
  await until(async () => (await instance.sagas.engine.read(sagaId))?.record.cancelReason !== null);
  fault.release();

  expect(await cancelling).toMatchObject({ status: OrderStatus.CANCELLED });
});

test('a refund that fails ten times is listed for a person, the order cannot be shipped meanwhile, and it ends by itself', async () => {
  const product = lab.neighbours.addProduct(1);
  const customer = new Person('customer');
  const { order } = await customer.order(instance, product);
  let isDown = true;
  lab.neighbours.onArrival = (method) => {
    if (method === 'cancelPayment' && isDown) throw lab.neighbours.down();
  };

  const answer = await customer.as(() => instance.orders.cancelOrder({ id: order.id }), { preferWaitSeconds: 0 });
  expect(answer.order).toMatchObject({ status: OrderStatus.CONFIRMED });
  await expect(ship(order.id)).rejects.toMatchObject({ reason: 'ORDER_STATE' });
  const sagaId = await sagaOf(lab, order.id, 'cancel-order');
  await passPauses(instance, sagaId, ({ record }) => record.needsIntervention);

  isDown = false;
  await passPauses(instance, sagaId);
  expect(await customer.get(instance, order.id)).toMatchObject({ status: OrderStatus.CANCELLED });
});

test('a shipped order cannot be cancelled, a pending one not shipped, a confirmed one not returned', async () => {
  const product = lab.neighbours.addProduct(5);
  const customer = new Person('customer');
  const { order } = await customer.order(instance, product);
  await expect(takeBack(order.id)).rejects.toMatchObject({ reason: 'ORDER_STATE' });
  await expect(deliver(order.id)).rejects.toMatchObject({ reason: 'ORDER_STATE' });
  await ship(order.id);
  await expect(cancel(customer, order.id)).rejects.toMatchObject({
    reason: 'ORDER_STATE',
    code: 'failed_precondition',
    metadata: { order_id: order.id, status: 'shipped' },
  });

  using fault = withFault('saga.before-step:validate-user');
  const pending = await customer.order(instance, product, { waitSeconds: 0 });
  await expect(ship(pending.order.id)).rejects.toMatchObject({ reason: 'ORDER_STATE' });
  fault.release();
  await until(async () => (await customer.get(instance, pending.order.id)).status === OrderStatus.CONFIRMED);
});

test('somebody else’s order does not exist, and a customer ships nothing', async () => {
  const { order } = await new Person('customer').order(instance, lab.neighbours.addProduct(1));
  const stranger = new Person('customer');

  for (const id of [order.id, uuidv7(), 'x', "1' or '1'='1"]) {
    await expect(stranger.get(instance, id)).rejects.toMatchObject({ reason: 'ORDER_NOT_FOUND', code: 'not_found' });
    await expect(cancel(stranger, id)).rejects.toMatchObject({ reason: 'ORDER_NOT_FOUND' });
  }
  const shipped = stranger.as(() => instance.orders.shipOrder({ id: order.id, trackingNumber: 'T' }));
  await expect(shipped).rejects.toMatchObject({ code: 'permission_denied' });
  expect(await admin.get(instance, order.id)).toMatchObject({ id: order.id });
});

test('pages show one’s own orders, newest first, without gaps or doubles; administrators choose whose', async () => {
  const product = lab.neighbours.addProduct(50);
  const customer = new Person('customer');
  const other = new Person('customer');
  const placed: string[] = [];
  for (let n = 0; n < 5; n++) {
    await instance.clock.advance(1);
    placed.push((await customer.order(instance, product)).order.id);
  }
  await other.order(instance, product);

  const seen: string[] = [];
  let pageToken = '';
  do {
    const page = await customer.as(() => instance.orders.listOrders({ pageSize: 2, pageToken, userId: other.id }));
    seen.push(...page.orders.map(({ id }) => id));
    expect(page.orders.every(({ history, items }) => history.length === 0 && items.length === 1)).toBe(true);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  expect(seen).toEqual(placed.toReversed());

  const ofOther = await admin.as(() => instance.orders.listOrders({ userId: other.id }));
  expect(ofOther.orders.map(({ userId }) => userId)).toEqual([other.id]);
  const all = await admin.as(() => instance.orders.listOrders({ pageSize: 100 }));
  expect(all.orders.length).toBeGreaterThan(5);
  const cancelled = await customer.as(() => instance.orders.listOrders({ status: OrderStatus.CANCELLED }));
  expect(cancelled.orders).toEqual([]);
  expect((await admin.as(() => instance.orders.listOrders({ userId: 'nobody' }))).orders).toEqual([]);
});

test('a page token that is damaged, or of another search, is refused', async () => {
  const product = lab.neighbours.addProduct(5);
  const customer = new Person('customer');
  await customer.order(instance, product);
  await customer.order(instance, product);
  const { nextPageToken } = await customer.as(() => instance.orders.listOrders({ pageSize: 1 }));

  const list = (pageToken: string, status: OrderStatus = OrderStatus.UNSPECIFIED) =>
    customer.as(() => instance.orders.listOrders({ pageToken, status }));
  const refusal = { reason: 'PAGE_TOKEN_INVALID', violations: [{ field: 'page_token' }] };
  await expect(list('garbage')).rejects.toMatchObject(refusal);
  await expect(list(nextPageToken.slice(0, -4))).rejects.toMatchObject(refusal);
  await expect(list(nextPageToken, OrderStatus.CONFIRMED)).rejects.toMatchObject(refusal);
});
