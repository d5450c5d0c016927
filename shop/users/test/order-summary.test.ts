import { create } from '@bufbuild/protobuf';
import { OrderCancelledSchema, OrderConfirmedSchema, OrderReturnedSchema } from '@mainstay/contracts/orders/v1/events';
import { GetOrderSummaryRequestSchema, type OrderSummary } from '@mainstay/contracts/users/v1/users';
import { isPlatformError, uuidv7 } from '@mainstay/kernel';
import { createLeaseKeeper, leaseMigrations } from '@mainstay/leases';
import {
  type Bus,
  busChannel,
  busMigrations,
  createOutbox,
  createPostgresBus,
  type EventDraft,
  inboxMigrations,
  outboxMigrations,
  readCursor,
  rewindConsumer,
  startConsumer,
  startRelay,
  tell,
} from '@mainstay/messaging';
import { createBell, startListener } from '@mainstay/postgres';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { userOrdersConsumer } from '../src/events/user-orders-consumer.ts';
import { getOrderSummary } from '../src/rpc/get-order-summary.ts';
import { openTestAccounts, type TestAccounts } from './accounts.ts';

const outbox = createOutbox({ events: [OrderConfirmedSchema, OrderCancelledSchema, OrderReturnedSchema] });
const key = { consumer: userOrdersConsumer.name, source: 'orders' };

let parts: AsyncDisposableStack;
let users: TestAccounts;
let orders: TestDatabase;
let bus: Bus;
beforeAll(async () => {
  parts = new AsyncDisposableStack();
  users = parts.use(await openTestAccounts([leaseMigrations, inboxMigrations]));
  orders = parts.use(await testDatabase({ migrations: [leaseMigrations, outboxMigrations] }));
  const { url, database } = parts.use(await testDatabase({ migrations: [busMigrations] }));
  const listener = parts.use(startListener({ url, name: 'bus' }));
  bus = createPostgresBus({ database, bell: createBell(database, busChannel), listener });
  const leases = parts.use(createLeaseKeeper({ database: orders.database, owner: 'orders' }));
  parts.use(startRelay({ source: 'orders', database: orders.database, bus, leases, pollIntervalMs: 20 }));
});
afterAll(() => parts.disposeAsync());

/** What happened to an order of an account, as orders tell it. */
const confirmed = (orderId: string, userId: string, minorUnits: bigint, currencyCode = 'USD') =>
  tell(OrderConfirmedSchema, { orderId, userId, total: { minorUnits, currencyCode } });
const cancelled = (orderId: string, userId: string) => tell(OrderCancelledSchema, { orderId, userId });
const returned = (orderId: string, userId: string) => tell(OrderReturnedSchema, { orderId, userId });

const happened = (...events: readonly EventDraft[]) => orders.database.transaction((tx) => outbox.append(tx, events));

/** Runs the consumer until it has had everything that happened so far. */
async function consume(): Promise<void> {
  const { rows } = await orders.database.query<{ told: bigint }>('select count(*) as told from outbox');
  await expect.poll(() => bus.newest('orders'), { timeout: 15_000 }).toBe(rows[0]!.told);
  const { database } = users.deps;
  await using leases = createLeaseKeeper({ database, owner: uuidv7() });
  await using _consumer = startConsumer({ ...userOrdersConsumer, database, bus, leases });
  await expect.poll(() => readCursor(database, key), { timeout: 15_000 }).toBe(rows[0]!.told);
}

async function summaryOf(userId: string): Promise<OrderSummary> {
  const request = create(GetOrderSummaryRequestSchema, { id: 'me' });
  return (await users.as({ userId }, () => getOrderSummary(users.deps, request))).summary!;
}

test('5 orders of which one was cancelled and one returned: 3 are spent on, in 2 currencies; handled again, nothing changes', async () => {
  const { id } = await users.register('ada@example.com');
  const ids = Array.from({ length: 5 }, () => uuidv7());
  const declined = uuidv7();
  await happened(
    confirmed(ids[0]!, id, 1_000n),
    confirmed(ids[1]!, id, 2_000n),
    cancelled(declined, id),
    confirmed(ids[2]!, id, 4_000n),
    cancelled(ids[1]!, id),
    confirmed(ids[3]!, id, 8_000n),
    confirmed(ids[4]!, id, 500n, 'EUR'),
    returned(ids[3]!, id),
  );
  await consume();
  const sums = await summaryOf(id);
  expect(sums).toMatchObject({ userId: id, confirmedCount: 5, cancelledCount: 1, returnedCount: 1 });
  expect(sums.spent).toMatchObject([
    { currencyCode: 'EUR', minorUnits: 500n },
    { currencyCode: 'USD', minorUnits: 5_000n },
  ]);

  await rewindConsumer(users.deps.database, { ...key, position: 0n, actor: 'ada', why: 'to see that nothing changes' });
  await consume();
  expect(await summaryOf(id)).toEqual(sums);
});

test('an account without an order has 0 of each, and no times', async () => {
  const { id } = await users.register('grace@example.com');
  const sums = await summaryOf(id);
  expect(sums).toMatchObject({ confirmedCount: 0, cancelledCount: 0, returnedCount: 0, spent: [] });
  expect(sums.firstConfirmedAt).toBeUndefined();
});

test("another's summary is not found for a customer, and shown to an administrator", async () => {
  const { id } = await users.register('alan@example.com');
  const { id: stranger } = await users.register('eve@example.com');
  const request = create(GetOrderSummaryRequestSchema, { id });
  const asked = users.as({ userId: stranger }, () => getOrderSummary(users.deps, request));
  await expect(asked).rejects.toSatisfy((error) => isPlatformError(error, 'USER_NOT_FOUND'));
  const shown = await users.as({ userId: stranger, roles: ['admin'] }, () => getOrderSummary(users.deps, request));
  expect(shown.summary).toMatchObject({ userId: id, confirmedCount: 0 });
});
