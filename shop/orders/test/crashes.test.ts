import { deepEqual } from 'node:assert/strict';
import { OrderStatus } from '@mainstay/contracts/orders/v1/orders';
import { withFault } from '@mainstay/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { auditAll, type Lab, openLab, Person, passPauses, sagaOf, until } from './lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(async () => {
  deepEqual(await auditAll(lab), []);
  await lab[Symbol.asyncDispose]();
});
beforeEach(() => {
  lab.neighbours.onArrival = () => undefined;
});

const steps = ['validate-user', 'reserve-stock', 'authorize-payment', 'capture-payment', 'confirm'];
const forward = steps.flatMap((step) =>
  ['before-step', 'after-call', 'after-checkpoint'].map((when) => `saga.${when}:${step}`),
);
const backward = ['authorize-payment', 'reserve-stock'].flatMap((step) =>
  ['before-compensation', 'after-compensation'].map((when) => `saga.${when}:${step}`),
);

// The dead instance hangs at the point with its clock standing still; its lease of 10 s runs out on the other's clock.
test.each([
  ...[...forward, 'saga.before-finish'].map((point) => [point, 'tok_visa', OrderStatus.CONFIRMED] as const),
  ...[...backward, 'saga.before-finish'].map((point) => [point, 'tok_declined', OrderStatus.CANCELLED] as const),
])('orders dies at %s with %s: another instance ends the order, and the books agree', async (point, token, status) => {
  const product = lab.neighbours.addProduct(3);
  const customer = new Person('customer');
  await using dead = lab.start();
  using fault = withFault(point);
  const { order } = await customer.order(dead, product, { token, waitSeconds: 0 });
  await fault.reached;

  await lab.endLeases();
  await using alive = lab.start({ aheadMs: 10_001 });
  const sagaId = await sagaOf(lab, order.id);
  await alive.sagas.engine.result(sagaId, { waitMs: 1 });

  expect(await customer.get(alive, order.id)).toMatchObject({ status });
  expect(lab.neighbours.availableOf(product.id)).toBe(status === OrderStatus.CONFIRMED ? 2 : 3);
  expect(lab.neighbours.paidFor(order.id)).toBe(status === OrderStatus.CONFIRMED ? order.total?.minorUnits : 0n);

  fault.release();
  await dead[Symbol.asyncDispose]();
  const after = await customer.get(alive, order.id);
  expect(after.status).toBe(status);
  expect(after.history).toHaveLength(3);
});

test.each(['validateUser', 'reserveStock', 'authorizePayment', 'capturePayment', 'commitStock'] as const)(
  '%s fails five times, then works: the order is confirmed with one hold and one charge',
  async (method) => {
    const product = lab.neighbours.addProduct(1);
    const customer = new Person('customer');
    await using instance = lab.start();
    let failures = 5;
    lab.neighbours.onArrival = (arrived) => {
      if (arrived === method && failures-- > 0) throw lab.neighbours.down();
    };

    const { order } = await customer.order(instance, product, { waitSeconds: 0 });
    await passPauses(instance, await sagaOf(lab, order.id));

    expect(await customer.get(instance, order.id)).toMatchObject({ status: OrderStatus.CONFIRMED });
    expect(lab.neighbours.availableOf(product.id)).toBe(0);
  },
);

test('payments that stay down for 60 s cancel the order as SERVICE_UNAVAILABLE, and the stock is back', async () => {
  const product = lab.neighbours.addProduct(1);
  const customer = new Person('customer');
  await using instance = lab.start();
  lab.neighbours.onArrival = (method) => {
    if (method === 'authorizePayment') throw lab.neighbours.down();
  };

  const { order } = await customer.order(instance, product, { waitSeconds: 0, key: 'down' });
  await passPauses(instance, await sagaOf(lab, order.id));

  expect(await customer.get(instance, order.id)).toMatchObject({
    status: OrderStatus.CANCELLED,
    cancelReason: 'SERVICE_UNAVAILABLE',
  });
  expect(lab.neighbours.availableOf(product.id)).toBe(1);
  const again = await customer.order(instance, product, { key: 'down' });
  expect(again).toMatchObject({ replayed: 'true', httpStatus: '202', order: { id: order.id } });
});

test('products down while a decline is undone: the payment is closed, the order says why, and the release goes on', async () => {
  const product = lab.neighbours.addProduct(1);
  const customer = new Person('customer');
  await using instance = lab.start();
  let isDown = true;
  lab.neighbours.onArrival = (method) => {
    if (method === 'releaseStock' && isDown) throw lab.neighbours.down();
  };

  const { order } = await customer.order(instance, product, { token: 'tok_declined', waitSeconds: 0 });
  const sagaId = await sagaOf(lab, order.id);
  await passPauses(instance, sagaId, ({ record }) => record.needsIntervention);

  expect(lab.neighbours.closedPayments.has(order.id)).toBe(true);
  expect(await customer.get(instance, order.id)).toMatchObject({
    status: OrderStatus.RESERVED,
    cancelReason: 'PAYMENT_DECLINED',
  });
  const stuck = await instance.sagas.engine.stuck({ olderThanMs: 86_400_000 });
  expect(stuck).toMatchObject([{ id: sagaId, subject: order.id, step: 'reserve-stock', needsIntervention: true }]);

  isDown = false;
  await passPauses(instance, sagaId);
  expect(await customer.get(instance, order.id)).toMatchObject({ status: OrderStatus.CANCELLED });
  expect(lab.neighbours.availableOf(product.id)).toBe(1);
});

test('stock that cannot be sold after the charge is refunded, and the order is cancelled', async () => {
  const product = lab.neighbours.addProduct(1);
  const customer = new Person('customer');
  await using instance = lab.start();
  lab.neighbours.onArrival = (method) => {
    if (method !== 'commitStock') return;
    // Somebody released the hold behind our back.
    for (const hold of lab.neighbours.reservations.values()) if (hold.status === 'held') hold.status = 'released';
  };

  const { order } = await customer.order(instance, product, { waitSeconds: 0 });
  await until(async () => (await customer.get(instance, order.id)).status === OrderStatus.CANCELLED);

  expect(await customer.get(instance, order.id)).toMatchObject({ cancelReason: 'RESERVATION_CLOSED' });
  expect(lab.neighbours.payments.get(order.id)?.status).toBe('refunded');
});

test('a sale whose answer was lost for ever is undone with everything else', async () => {
  const product = lab.neighbours.addProduct(1);
  const customer = new Person('customer');
  await using instance = lab.start();
  let sold = false;
  lab.neighbours.onArrival = (method) => {
    if (method !== 'commitStock') return;
    for (const hold of lab.neighbours.reservations.values()) if (hold.status === 'held') hold.status = 'committed';
    sold = true;
    throw lab.neighbours.down();
  };

  const { order } = await customer.order(instance, product, { waitSeconds: 0 });
  await until(() => sold);
  await passPauses(instance, await sagaOf(lab, order.id));

  expect(await customer.get(instance, order.id)).toMatchObject({ status: OrderStatus.CANCELLED });
  expect(lab.neighbours.reservations.get(order.id)?.status).toBe('restocked');
  expect(lab.neighbours.paidFor(order.id)).toBe(0n);
});

test('100 orders at once for the last 10 pieces: 10 confirmed, 90 short, none left held', async () => {
  const product = lab.neighbours.addProduct(10);
  await using instance = lab.start();

  const ends = await Promise.all(
    Array.from({ length: 100 }, () =>
      new Person('customer').order(instance, product).then(
        ({ order }) => String(order.status),
        (error: { reason: string }) => error.reason,
      ),
    ),
  );

  expect(ends.filter((end) => end === String(OrderStatus.CONFIRMED))).toHaveLength(10);
  expect(ends.filter((end) => end === 'INSUFFICIENT_INVENTORY')).toHaveLength(90);
  expect(lab.neighbours.availableOf(product.id)).toBe(0);
});
