import { randomUUID } from 'node:crypto';
import { defineConfig } from '@mainstay/config';
import { OrdersService } from '@mainstay/contracts/orders/v1/orders';
import { idempotencyMigrations, keyedCall } from '@mainstay/idempotency';
import { PlatformError, uuidv7 } from '@mainstay/kernel';
import { testDatabase } from '@mainstay/postgres/testing';
import { bindService, errorHeaders } from '@mainstay/rpc';
import { defineService, startHost } from '@mainstay/service';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type KeyedLab, openKeyedLab, type Placed, type Protocol, placeOrder } from './keyed-lab.ts';

let lab: KeyedLab;
beforeAll(async () => {
  lab = await openKeyedLab();
});
afterAll(() => lab[Symbol.asyncDispose]());
beforeEach(() => lab.db.database.query('TRUNCATE orders'));

/** 100 equal requests at once over two instances, by clients that come back when they are told to. */
async function storm(protocol: Protocol): Promise<{ orders: number; answers: Set<string>; first: Placed[] }> {
  const instances = await Promise.all([lab.start(protocol), lab.start(protocol)]);
  const key = randomUUID();
  const placed = await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      keyedCall((key) => placeOrder(instances[n % 2]!, key), { key, baseDelayMs: 10, maxAttempts: 30 }),
    ),
  );
  return {
    orders: await lab.orderCount(),
    answers: new Set(placed.map(({ id, status }) => `${id} ${status}`)),
    first: placed.filter(({ replayed }) => replayed === null),
  };
}

test.each(['one transaction', 'staged'] as const)(
  '100 equal requests at once over two instances, %s: 1 effect, 1 answer with its headers, 99 replays',
  async (protocol) => {
    const { orders, answers, first } = await storm(protocol);
    expect(orders).toBe(1);
    expect(answers.size).toBe(1);
    expect([...answers][0]).toMatch(/ 202$/);
    expect(first).toHaveLength(1);
  },
);

test('the same storm on a service that looks first and writes afterwards has more effects than 1', async () => {
  const { orders, answers } = await storm('naive');
  expect(orders).toBeGreaterThan(1);
  expect(answers.size).toBeGreaterThan(1);
});

test('a key is demanded, must be one, belongs to its user and to its request', async () => {
  const instance = await lab.start('one transaction');
  const reasonOf = (call: Promise<unknown>) => call.catch((error: unknown) => (error as { reason: string }).reason);
  expect(await reasonOf(placeOrder(instance, undefined))).toBe('IDEMPOTENCY_KEY_REQUIRED');
  expect(await reasonOf(placeOrder(instance, 'two words'))).toBe('IDEMPOTENCY_KEY_INVALID');
  expect(await lab.orderCount()).toBe(0);

  const first = await placeOrder(instance, 'mine');
  expect((await placeOrder(instance, 'mine', { userId: uuidv7() })).id).not.toBe(first.id);
  expect(await reasonOf(placeOrder(instance, 'mine', { quantity: 2 }))).toBe('IDEMPOTENCY_KEY_REUSED');
  expect(await lab.orderCount()).toBe(2);
});

test('a refusal is replayed with the same error, and says so', async () => {
  let runs = 0;
  const instance = await lab.start('one transaction', async () => {
    runs += 1;
    throw new PlatformError(
      { name: 'SOLD_OUT', code: 'failed_precondition', executed: 'no', retry: 'never', summary: '', operator: '' },
      'nothing is left',
      { metadata: { sku: 'p-1' } },
    );
  });
  const refusals = [];
  for (let n = 0; n < 2; n++) {
    refusals.push((await placeOrder(instance, 'refused').catch((error: unknown) => error)) as PlatformError);
  }
  expect(refusals[1]).toMatchObject({ reason: 'SOLD_OUT', metadata: { sku: 'p-1' }, message: refusals[0]!.message });
  expect(refusals.map((error) => errorHeaders(error).get('idempotency-replayed'))).toEqual([null, 'true']);
  expect(runs).toBe(1);
});

test('a service with a keyed method and without the tables for its keys does not start', async () => {
  await using db = await testDatabase();
  const definition = (migrations: readonly URL[]) =>
    defineService({
      name: 'orders',
      version: '1',
      config: defineConfig({ name: 'orders', keys: {} }),
      database: { migrations },
      start: async () => ({
        bindings: [bindService(OrdersService, { createOrder: async () => ({}) })],
      }),
    });
  const env = { ORDERS_DATABASE_URL: db.url, MAINSTAY_REGISTRY_ADDRESS: '127.0.0.1:1', MAINSTAY_DRAIN_PAUSE_MS: '0' };
  const options = { env, logDestination: { write: () => undefined } };
  await expect(startHost([definition([])], options)).rejects.toThrow('idempotencyMigrations');
  await expect(startHost([definition([idempotencyMigrations])], options)).rejects.toThrow('leaseMigrations');
});
