import { deepEqual } from 'node:assert/strict';
import { toBinary } from '@bufbuild/protobuf';
import { OrderSchema, OrderStatus } from '@mainstay/contracts/orders/v1/orders';
import { keyedCall } from '@mainstay/idempotency';
import { uuidv7 } from '@mainstay/kernel';
import { withFault } from '@mainstay/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { auditAll, type Instance, type Lab, openLab, Person, until } from './lab.ts';

let lab: Lab;
let instance: Instance;
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
  lab.neighbours.calls.length = 0;
});

test('a confirmed order keeps price, address and names of then, and tells every step of its history', async () => {
  const product = lab.neighbours.addProduct(10);
  const customer = new Person('customer');

  const { order, httpStatus } = await customer.order(instance, product, { quantity: 3 });
  product.name = 'Renamed';

  expect(httpStatus).toBeNull();
  expect(order).toMatchObject({
    userId: customer.id,
    status: OrderStatus.CONFIRMED,
    subtotal: { minorUnits: 5_997n },
    tax: { minorUnits: 480n },
    shipping: { minorUnits: 0n },
    total: { currencyCode: 'USD', minorUnits: 6_477n },
    shippingAddress: { street: '1 Main St', zipCode: '62701' },
    paymentId: lab.neighbours.payments.get(order.id)?.id,
    cancelReason: '',
  });
  expect(order.items).toMatchObject([{ sku: product.sku, quantity: 3, totalPrice: { minorUnits: 5_997n } }]);
  expect(order.items[0]?.name).not.toBe('Renamed');
  expect(order.history.map(({ from, to, actor }) => [from, to, actor])).toEqual([
    [OrderStatus.UNSPECIFIED, OrderStatus.PENDING, 'customer'],
    [OrderStatus.PENDING, OrderStatus.RESERVED, 'saga'],
    [OrderStatus.RESERVED, OrderStatus.CONFIRMED, 'saga'],
  ]);
  expect(lab.neighbours.calls).toEqual([
    'batchGetProducts',
    'validateUser',
    'reserveStock',
    'authorizePayment',
    'capturePayment',
    'commitStock',
  ]);
  expect(await customer.get(instance, order.id)).toEqual(order);
});

test('a declined payment answers 402 with the code and the cancelled order, whose stock is back', async () => {
  const product = lab.neighbours.addProduct(2);
  const customer = new Person('customer');

  const error = await customer.order(instance, product, { token: 'tok_declined' }).catch((caught: unknown) => caught);

  expect(error).toMatchObject({
    reason: 'PAYMENT_DECLINED',
    httpStatus: 402,
    retry: 'never',
    metadata: { decline_code: 'card_declined', order_id: expect.any(String) },
  });
  const orderId = (error as { metadata: Record<string, string> }).metadata['order_id']!;
  const order = await customer.get(instance, orderId);
  expect(order).toMatchObject({ status: OrderStatus.CANCELLED, cancelReason: 'PAYMENT_DECLINED' });
  expect(order.paymentId).toBe(lab.neighbours.payments.get(orderId)?.id);
  expect(order.history.at(-1)).toMatchObject({ to: OrderStatus.CANCELLED, reason: 'PAYMENT_DECLINED', actor: 'saga' });
  expect(lab.neighbours.availableOf(product.id)).toBe(2);
  expect(lab.neighbours.calls.slice(-2)).toEqual(['cancelPayment', 'releaseStock']);
});

test('a shortage answers 409 with every short line, and nobody is charged', async () => {
  const enough = lab.neighbours.addProduct(5);
  const short = lab.neighbours.addProduct(1);
  const customer = new Person('customer');
  const lines = [
    { productId: enough.id, quantity: 1 },
    { productId: short.id, quantity: 2 },
  ];

  const error = await customer.order(instance, lines).catch((caught: unknown) => caught);

  expect(error).toMatchObject({
    reason: 'INSUFFICIENT_INVENTORY',
    code: 'failed_precondition',
    metadata: { product_id: short.id, requested_quantity: '2', available_quantity: '1' },
    violations: [{ field: 'items[1].quantity', rule: 'stock.available', message: '2 ordered, 1 available' }],
  });
  const { metadata } = error as { metadata: Record<string, string> };
  expect(metadata).not.toHaveProperty('shortages');
  expect(await customer.get(instance, metadata['order_id']!)).toMatchObject({
    status: OrderStatus.CANCELLED,
    cancelReason: 'INSUFFICIENT_INVENTORY',
  });
  expect(lab.neighbours.calls).not.toContain('authorizePayment');
});

test('a closed account answers 409 USER_INVALID before anything is held', async () => {
  const customer = new Person('customer');
  lab.neighbours.closedUsers.add(customer.id);

  const placed = customer.order(instance, lab.neighbours.addProduct(1));

  await expect(placed).rejects.toMatchObject({ reason: 'USER_INVALID', metadata: { order_id: expect.any(String) } });
  expect(lab.neighbours.calls).not.toContain('reserveStock');
});

test('unknown, inactive, malformed and twice-named products are all refused at once, with nothing stored', async () => {
  const inactive = lab.neighbours.addProduct(5);
  inactive.active = false;
  const known = lab.neighbours.addProduct(5);
  const euro = lab.neighbours.addProduct(5, 100n, 'EUR');
  const customer = new Person('customer');
  const ids = [known.id, uuidv7(), inactive.id, "'; drop table orders; --", known.id.toUpperCase(), euro.id];

  const placed = customer.order(
    instance,
    ids.map((productId) => ({ productId, quantity: 1 })),
  );

  const rule = (index: number, name: string) => ({ field: `items[${index}].product_id`, rule: name });
  await expect(placed).rejects.toMatchObject({
    reason: 'REQUEST_INVALID',
    violations: [
      rule(1, 'product.unknown'),
      rule(2, 'product.unknown'),
      rule(3, 'product.unknown'),
      rule(4, 'items.unique_product'),
      rule(5, 'product.currency'),
    ],
  });
  const listed = await customer.as(() => instance.orders.listOrders({}));
  expect(listed.orders).toEqual([]);
});

test('an order that costs nothing, or more than an amount can hold, is refused', async () => {
  await using free = lab.start({ pricing: { shippingFlatMinorUnits: 0 } });
  const refusal = { reason: 'REQUEST_INVALID', violations: [{ field: 'items', rule: 'order.total' }] };

  const nothing = new Person('customer').order(free, lab.neighbours.addProduct(5, 0n));
  await expect(nothing).rejects.toMatchObject(refusal);
  const tooMuch = new Person('customer').order(free, lab.neighbours.addProduct(5, 2n ** 62n), { quantity: 3 });
  await expect(tooMuch).rejects.toMatchObject(refusal);
});

test('without an idempotency key nothing is placed', async () => {
  const product = lab.neighbours.addProduct(1);
  const placed = new Person('customer').order(instance, product, { key: '' });
  await expect(placed).rejects.toMatchObject({ reason: 'IDEMPOTENCY_KEY_REQUIRED' });
});

test('one key sent 10 times at once is one order, one hold and one charge; all get its answer', async () => {
  const product = lab.neighbours.addProduct(20);
  const customer = new Person('customer');
  const key = 'the-same-key';

  const answers = await Promise.all(
    Array.from({ length: 10 }, () => keyedCall(() => customer.order(instance, product, { key }), { maxDelayMs: 500 })),
  );

  expect(new Set(answers.map(({ order }) => order.id)).size).toBe(1);
  expect(answers.every(({ order }) => order.status === OrderStatus.CONFIRMED)).toBe(true);
  expect(answers.filter(({ replayed }) => replayed === 'true')).toHaveLength(9);
  expect(lab.neighbours.availableOf(product.id)).toBe(19);
  const again = new Person('customer').order(instance, product, { key });
  expect((await again).order.id).not.toBe(answers[0]?.order.id);
});

test('a repetition gets the answer of before, even when products is down and the price has changed', async () => {
  const product = lab.neighbours.addProduct(5);
  const customer = new Person('customer');
  const key = 'kept';
  const { order } = await customer.order(instance, product, { key });
  product.price!.minorUnits = 1n;
  lab.neighbours.onArrival = () => {
    throw lab.neighbours.down();
  };

  const again = await customer.order(instance, product, { key });

  expect(again).toMatchObject({ replayed: 'true', httpStatus: null });
  expect(toBinary(OrderSchema, again.order)).toEqual(toBinary(OrderSchema, order));
  const other = customer.order(instance, product, { key, quantity: 2 });
  await expect(other).rejects.toMatchObject({ reason: 'IDEMPOTENCY_KEY_REUSED', httpStatus: 422 });
  const otherToken = customer.order(instance, product, { key, token: 'tok_other' });
  await expect(otherToken).rejects.toMatchObject({ reason: 'IDEMPOTENCY_KEY_REUSED' });
});

test('the repetition of a declined order is declined again with the same order, and nothing is tried anew', async () => {
  const product = lab.neighbours.addProduct(5);
  const customer = new Person('customer');
  const options = { key: 'declined', token: 'tok_declined' };
  const first = await customer.order(instance, product, options).catch((caught: unknown) => caught);
  lab.neighbours.calls.length = 0;

  const second = await customer.order(instance, product, options).catch((caught: unknown) => caught);

  expect(second).toMatchObject({
    reason: 'PAYMENT_DECLINED',
    metadata: (first as { metadata: unknown }).metadata,
  });
  expect(lab.neighbours.calls).toEqual([]);
});

test('with wait=0 the answer is 202 and the pending order, which is confirmed all the same', async () => {
  const product = lab.neighbours.addProduct(1);
  const customer = new Person('customer');
  using fault = withFault('saga.before-step:validate-user');

  const { order, httpStatus } = await customer.order(instance, product, { key: 'at-once', waitSeconds: 0 });
  expect(httpStatus).toBe('202');
  expect(order.status).toBe(OrderStatus.PENDING);
  fault.release();

  await until(async () => (await customer.get(instance, order.id)).status === OrderStatus.CONFIRMED);
  const again = await customer.order(instance, product, { key: 'at-once' });
  expect(again).toMatchObject({ replayed: 'true', httpStatus: '202', order: { status: OrderStatus.PENDING } });
});

test('an order that takes longer than 2 s is answered with 202', async () => {
  const product = lab.neighbours.addProduct(1);
  const customer = new Person('customer');
  using fault = withFault('saga.before-step:capture-payment');
  let answered = false;
  const placing = customer.order(instance, product).finally(() => {
    answered = true;
  });
  await fault.reached;

  await instance.clock.advance(1_999);
  expect(answered).toBe(false);
  await instance.clock.advance(1);

  const { order, httpStatus } = await placing;
  expect(httpStatus).toBe('202');
  expect(order.status).toBe(OrderStatus.RESERVED);
  fault.release();
  await until(async () => (await customer.get(instance, order.id)).status === OrderStatus.CONFIRMED);
});

test('a client that goes away stops the waiting, not the order', async () => {
  const product = lab.neighbours.addProduct(1);
  const customer = new Person('customer');
  const controller = new AbortController();
  using fault = withFault('saga.before-step:authorize-payment');
  const gone = customer.order(instance, product, { key: 'gone', signal: controller.signal });
  await fault.reached;

  controller.abort();
  await expect(gone).rejects.toMatchObject({ code: 'canceled' });
  fault.release();

  const { order } = await keyedCall(() => customer.order(instance, product, { key: 'gone' }));
  expect(order.status).toBe(OrderStatus.CONFIRMED);
});

test('the payment token is readable nowhere in the database, and gone once the payment is authorised', async () => {
  const product = lab.neighbours.addProduct(2);
  const customer = new Person('customer');
  const token = 'tok_secret_needle';
  const dump = async (): Promise<string> => {
    const tables = ['orders', 'order_items', 'stream_events', 'sagas', 'saga_journal', 'saga_requests'];
    const rows = await Promise.all(tables.map((table) => lab.db.query(`select to_jsonb(t) as row from ${table} t`)));
    return JSON.stringify(rows.map((result) => result.rows));
  };
  using before = withFault('saga.before-step:authorize-payment');
  using after = withFault('saga.before-step:capture-payment');
  const placed = customer.order(instance, product, { token });
  await before.reached;
  const underWay = await dump();
  before.release();
  await after.reached;
  const authorized = await dump();
  after.release();
  await placed;

  expect(lab.neighbours.tokens).toContain(token);
  const sealed = /"sealedToken": ?"([^"]+)"/.exec(underWay)?.[1];
  expect(sealed).toBeDefined();
  expect(authorized).not.toContain(sealed);
  for (const text of [underWay, authorized, await dump()]) {
    expect(text).not.toContain(token);
    expect(text).not.toContain(Buffer.from(token).toString('base64url'));
  }
});
