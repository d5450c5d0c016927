import { OrderStatus, type WatchOrderResponse } from '@mainstay/contracts/orders/v1/orders';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Instance, type Lab, openLab, Person, until } from './lab.ts';

let lab: Lab;
/** Two replicas on one database. */
let one: Instance;
let two: Instance;
const admin = new Person('admin');
beforeAll(async () => {
  lab = await openLab();
  one = lab.start();
  two = lab.start({ aheadMs: 1 });
});
afterAll(async () => {
  await one[Symbol.asyncDispose]();
  await two[Symbol.asyncDispose]();
  await lab[Symbol.asyncDispose]();
});

/** Watches an order; answers are taken as the list grows, and time moves until the condition holds. */
function watch(instance: Instance, person: Person, request: { id: string; afterPosition?: bigint }) {
  const answers: WatchOrderResponse[] = [];
  const stop = new AbortController();
  const ended = person.as(async () => {
    for await (const answer of instance.orders.watchOrder(request, { signal: stop.signal })) answers.push(answer);
  });
  ended.catch(() => undefined);
  const reaches = (count: number): Promise<void> =>
    until(async () => {
      if (answers.length >= count) return true;
      await instance.clock.advance(500);
      return false;
    });
  return { answers, ended, reaches, stop: () => stop.abort() };
}

const placed = async (): Promise<{ customer: Person; id: string }> => {
  const customer = new Person('customer');
  const { order } = await customer.order(one, lab.neighbours.addProduct(4));
  return { customer, id: order.id };
};
const move = {
  ship: (id: string) => admin.as(() => one.orders.shipOrder({ id, trackingNumber: 'T-1' })),
  deliver: (id: string) => admin.as(() => one.orders.deliverOrder({ id })),
  takeBack: (id: string) => admin.as(() => one.orders.returnOrder({ id, reason: 'broken' })),
};

test('a watcher gets the order as it stands, then each change that another replica makes, and the end with the last one', async () => {
  const { customer, id } = await placed();
  const stream = watch(two, customer, { id });

  await stream.reaches(1);
  await move.ship(id);
  await stream.reaches(2);
  await move.deliver(id);
  await stream.reaches(3);
  await move.takeBack(id);
  await stream.reaches(4);
  await stream.ended;

  expect(stream.answers.map(({ order }) => order?.status)).toEqual([
    OrderStatus.CONFIRMED,
    OrderStatus.SHIPPED,
    OrderStatus.DELIVERED,
    OrderStatus.RETURNED,
  ]);
  expect(stream.answers.map(({ changes }) => changes.length)).toEqual([3, 1, 1, 1]);
  expect(stream.answers[1]?.order).toMatchObject({ trackingNumber: 'T-1', history: { length: 4 } });
});

test('a watcher that comes back at another replica gets what it missed in one answer, and nothing twice', async () => {
  const { customer, id } = await placed();
  const before = watch(one, customer, { id });
  await before.reaches(1);
  before.stop();
  await move.ship(id);
  await move.deliver(id);

  const after = watch(two, customer, { id, afterPosition: before.answers[0]?.position ?? 0n });
  await after.reaches(1);
  await move.takeBack(id);
  await after.reaches(2);

  expect(after.answers.map(({ changes }) => changes.map(({ to }) => to))).toEqual([
    [OrderStatus.SHIPPED, OrderStatus.DELIVERED],
    [OrderStatus.RETURNED],
  ]);
});

test("somebody else's order cannot be watched, and a finished one ends at once", async () => {
  const { customer, id } = await placed();
  await customer.as(() => one.orders.cancelOrder({ id, reason: '' }));
  const stranger = watch(one, new Person('customer'), { id });
  await expect(stranger.ended).rejects.toMatchObject({ reason: 'ORDER_NOT_FOUND' });
  await until(async () => (await customer.get(one, id)).status === OrderStatus.CANCELLED);

  const stream = watch(one, customer, { id });
  await stream.ended;

  expect(stream.answers.map(({ order }) => order?.status)).toEqual([OrderStatus.CANCELLED]);
});
