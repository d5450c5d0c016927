import { create, equals } from '@bufbuild/protobuf';
import {
  type CreateOrderRequest,
  CreateOrderRequestSchema,
  type CreateOrderResponse,
  CreateOrderResponseSchema,
  OrdersService,
} from '@mainstay/contracts/orders/v1/orders';
import { idempotencyMigrations, idempotentCall } from '@mainstay/idempotency';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

let db: TestDatabase;

beforeAll(async () => {
  db = await testDatabase({ migrations: [idempotencyMigrations] });
});

afterAll(() => db[Symbol.asyncDispose]());

const method = OrdersService.method.createOrder;

function orderOf(quantity: number): CreateOrderRequest {
  return create(CreateOrderRequestSchema, { items: [{ productId: 'p-1', quantity }] });
}

function place(request: CreateOrderRequest, subject: string, id: string) {
  const run = async (): Promise<CreateOrderResponse> => create(CreateOrderResponseSchema, { order: { id } });
  return db.database.transaction((tx) => idempotentCall(tx, { method, request, key: 'key-1', subject }, run));
}

test('the second call gets the first answer, decoded', async () => {
  const first = await place(orderOf(1), 'ada', 'order-1');
  const second = await place(orderOf(1), 'ada', 'order-2');

  expect(first).toMatchObject({ replayed: false, response: { order: { id: 'order-1' } } });
  expect(second.replayed).toBe(true);
  expect(equals(CreateOrderResponseSchema, second.response, first.response)).toBe(true);
});

test('another quantity under the same key is refused', async () => {
  await place(orderOf(1), 'grace', 'order-1');
  await expect(place(orderOf(2), 'grace', 'order-2')).rejects.toMatchObject({ reason: 'IDEMPOTENCY_KEY_REUSED' });
});

test('two subjects with the same key have an effect each', async () => {
  await place(orderOf(1), 'linus', 'order-1');
  expect(await place(orderOf(2), 'margaret', 'order-2')).toMatchObject({ replayed: false });
});

test('a call without a key is refused before anything runs', async () => {
  const attempt = db.database.transaction((tx) =>
    idempotentCall(tx, { method, request: orderOf(1), key: undefined, subject: 'ada' }, async () => {
      throw new Error('must not run');
    }),
  );
  await expect(attempt).rejects.toMatchObject({ reason: 'IDEMPOTENCY_KEY_INVALID' });
});
