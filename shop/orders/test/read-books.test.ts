import { createClient } from '@connectrpc/connect';
import { PaymentsService } from '@mainstay/contracts/payments/v1/payments';
import { ProductsService } from '@mainstay/contracts/products/v1/products';
import { idempotencyMigrations } from '@mainstay/idempotency';
import { silentLogger, silentMeter, uuidv7 } from '@mainstay/kernel';
import { leaseMigrations } from '@mainstay/leases';
import { eventStoreMigrations, outboxMigrations } from '@mainstay/messaging';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { bindService, createInProcessTransport, createInternalIdentity } from '@mainstay/rpc';
import { sagaMigrations } from '@mainstay/saga';
import { FakeClock } from '@mainstay/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createReconcilerMetrics } from '../src/reconciler/metrics.ts';
import { readBooks } from '../src/reconciler/read-books.ts';

let db: TestDatabase;
beforeAll(async () => {
  const migrations = new URL('../migrations/', import.meta.url);
  const below = [leaseMigrations, idempotencyMigrations, outboxMigrations, eventStoreMigrations, sagaMigrations];
  db = await testDatabase({ migrations: [...below, migrations] });
});
afterAll(() => db[Symbol.asyncDispose]());

/** Reads the books of one order, with something that happens while payments are asked. */
async function readOne(clock: FakeClock, orderId: string, meanwhile: () => Promise<void>) {
  const bindings = [
    bindService(PaymentsService, {
      async batchGetPaymentBooks() {
        await meanwhile();
        return { books: [] };
      },
    }),
    bindService(ProductsService, { batchGetReservations: () => ({ reservations: [] }) }),
  ];
  const transport = createInProcessTransport({
    bindings: () => bindings,
    identity: createInternalIdentity({ key: new Uint8Array(32).fill(7), service: 'orders' }),
    logger: silentLogger,
    meter: silentMeter,
  });
  const reconciling = {
    database: db.database,
    payments: createClient(PaymentsService, transport),
    products: createClient(ProductsService, transport),
    clock,
    logger: silentLogger,
    metrics: createReconcilerMetrics(silentMeter),
    minAgeMs: 0,
    windowMs: 60_000,
    batchSize: 10,
  };
  return await readBooks(reconciling, [orderId], new AbortController().signal);
}

async function addOrder(at: Date): Promise<string> {
  const id = uuidv7();
  await db.database.query(
    `insert into orders (id, user_id, status, currency_code, subtotal_minor_units, tax_minor_units, shipping_minor_units,
       total_minor_units, street, city, state, zip_code, country, saga_id, created_at, updated_at, version)
     values ($1, $1, 'confirmed', 'USD', 100, 0, 0, 100, 's', 'c', 's', 'z', 'US', 'saga', $2, $2, 1)`,
    [id, at],
  );
  return id;
}

test('an order that changes while its books are read is left out, though nothing has to be old to be compared', async () => {
  const clock = new FakeClock();
  const id = await addOrder(new Date(clock.nowMs()));
  const change = async (): Promise<void> => {
    await clock.advance(1);
    await db.database.query('update orders set updated_at = $2 where id = $1', [id, new Date(clock.nowMs())]);
  };

  expect(await readOne(clock, id, change)).toEqual([]);
  expect(await readOne(clock, id, () => Promise.resolve())).toMatchObject([{ subject: id, books: { stock: 'none' } }]);
});
