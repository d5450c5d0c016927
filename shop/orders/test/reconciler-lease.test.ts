import { createClient } from '@connectrpc/connect';
import { PaymentsService } from '@mainstay/contracts/payments/v1/payments';
import { ProductsService } from '@mainstay/contracts/products/v1/products';
import { idempotencyMigrations } from '@mainstay/idempotency';
import { silentLogger, silentMeter, systemClock } from '@mainstay/kernel';
import { createLeaseKeeper, leaseMigrations } from '@mainstay/leases';
import { eventStoreMigrations, outboxMigrations } from '@mainstay/messaging';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { bindService, createInProcessTransport, createInternalIdentity } from '@mainstay/rpc';
import { sagaMigrations } from '@mainstay/saga';
import { expect, test } from 'vitest';
import { createReconcilerMetrics } from '../src/reconciler/metrics.ts';
import { startReconciler } from '../src/reconciler/start-reconciler.ts';

/** An instance with neighbours that have nothing; its rounds are noted under its name. */
function startInstance(db: TestDatabase, name: string, rounds: string[]) {
  const parts = new AsyncDisposableStack();
  const leases = parts.use(createLeaseKeeper({ database: db.database, owner: name, retryMs: 10 }));
  const bindings = [
    bindService(ProductsService, {
      listStockTaken() {
        rounds.push(name);
        return { reservations: [] };
      },
    }),
    bindService(PaymentsService, { listProcessorCharges: ({ after }) => ({ charges: [], nextAfter: after }) }),
  ];
  const transport = createInProcessTransport({
    bindings: () => bindings,
    identity: createInternalIdentity({ key: new Uint8Array(32).fill(7), service: 'orders' }),
    logger: silentLogger,
    meter: silentMeter,
  });
  parts.use(
    startReconciler({
      database: db.database,
      leases,
      payments: createClient(PaymentsService, transport),
      products: createClient(ProductsService, transport),
      clock: systemClock,
      logger: silentLogger,
      metrics: createReconcilerMetrics(silentMeter),
      minAgeMs: 0,
      windowMs: 60_000,
      batchSize: 10,
      intervalMs: 1,
    }),
  );
  return { [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

test('of two instances one reconciles, and when it stops the other goes on; no round of one falls between those of the other', async () => {
  const migrations = new URL('../migrations/', import.meta.url);
  await using db = await testDatabase({
    migrations: [
      leaseMigrations,
      idempotencyMigrations,
      outboxMigrations,
      eventStoreMigrations,
      sagaMigrations,
      migrations,
    ],
  });
  const rounds: string[] = [];
  const of = (name: string) => rounds.filter((one) => one === name).length;
  const instances = new Map(['a', 'b'].map((name) => [name, startInstance(db, name, rounds)]));
  await expect.poll(() => rounds.length, { timeout: 15_000 }).toBeGreaterThan(5);
  const first = rounds[0]!;
  const second = first === 'a' ? 'b' : 'a';
  expect(of(second)).toBe(0);

  await instances.get(first)![Symbol.asyncDispose]();
  await expect.poll(() => of(second), { timeout: 15_000 }).toBeGreaterThan(5);
  await instances.get(second)![Symbol.asyncDispose]();
  expect(rounds).toEqual([...Array(of(first)).fill(first), ...Array(of(second)).fill(second)]);
});
