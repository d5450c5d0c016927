import { createClient } from '@connectrpc/connect';
import { PaymentsService } from '@mainstay/contracts/payments/v1/payments';
import { ProductsService } from '@mainstay/contracts/products/v1/products';
import { idempotencyMigrations } from '@mainstay/idempotency';
import { type Clock, silentLogger, silentMeter, systemClock } from '@mainstay/kernel';
import { createLeaseKeeper, leaseMigrations } from '@mainstay/leases';
import { eventStoreMigrations, outboxMigrations } from '@mainstay/messaging';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { bindService, createInProcessTransport, createInternalIdentity } from '@mainstay/rpc';
import { sagaMigrations } from '@mainstay/saga';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { createReconcilerMetrics } from '../src/reconciler/metrics.ts';
import { startReconciler } from '../src/reconciler/start-reconciler.ts';

const openDatabase = (): Promise<TestDatabase> =>
  testDatabase({
    migrations: [
      leaseMigrations,
      idempotencyMigrations,
      outboxMigrations,
      eventStoreMigrations,
      sagaMigrations,
      new URL('../migrations/', import.meta.url),
    ],
  });

/** How an instance reconciles. */
interface InstanceOptions {
  readonly name: string;
  /** Called in each round; may throw. */
  readonly onRound: () => void;
  readonly clock?: Clock;
  readonly intervalMs?: number;
}

/** An instance with neighbours that have nothing. */
function startInstance(
  db: TestDatabase,
  { name, onRound, clock = systemClock, intervalMs = 1 }: InstanceOptions,
): AsyncDisposable {
  const parts = new AsyncDisposableStack();
  const leases = parts.use(createLeaseKeeper({ database: db.database, owner: name, retryMs: 10 }));
  const bindings = [
    bindService(ProductsService, {
      listStockTaken() {
        onRound();
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
      clock,
      logger: silentLogger,
      metrics: createReconcilerMetrics(silentMeter),
      minAgeMs: 0,
      windowMs: 60_000,
      batchSize: 10,
      intervalMs,
    }),
  );
  return { [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

test('of two instances one reconciles, and when it stops the other goes on; no round of one falls between those of the other', async () => {
  await using db = await openDatabase();
  const rounds: string[] = [];
  const of = (name: string) => rounds.filter((one) => one === name).length;
  const instances = new Map(
    ['a', 'b'].map((name) => [name, startInstance(db, { name, onRound: () => void rounds.push(name) })]),
  );
  await expect.poll(() => rounds.length, { timeout: 15_000 }).toBeGreaterThan(5);
  const first = rounds[0]!;
  const second = first === 'a' ? 'b' : 'a';
  expect(of(second)).toBe(0);

  await instances.get(first)![Symbol.asyncDispose]();
  await expect.poll(() => of(second), { timeout: 15_000 }).toBeGreaterThan(5);
  await instances.get(second)![Symbol.asyncDispose]();
  expect(rounds).toEqual([...Array(of(first)).fill(first), ...Array(of(second)).fill(second)]);
});

test('a round that fails is done again after 1, 2 and 4 s, at most after the pause of 300 s that follows one that does not', async () => {
  await using db = await openDatabase();
  const clock = new FakeClock();
  let rounds = 0;
  const failing = 3;
  const onRound = (): void => {
    rounds += 1;
    if (rounds <= failing) throw new Error('nobody is there yet');
  };
  await using _instance = startInstance(db, { name: 'a', onRound, clock, intervalMs: 300_000 });
  /** Waits until a round is over, then lets time pass: how long it takes until the next one is due. */
  const dueAfterMs = async (expectedMs: number, round: number): Promise<void> => {
    await expect.poll(() => [rounds, clock.pendingCount], { timeout: 15_000 }).toEqual([round, 1]);
    await clock.advance(expectedMs - 1);
    expect(clock.pendingCount).toBe(1);
    await clock.advance(1);
  };

  await dueAfterMs(1_000, 1);
  await dueAfterMs(2_000, 2);
  await dueAfterMs(4_000, 3);
  await dueAfterMs(300_000, 4);
  await expect.poll(() => rounds, { timeout: 15_000 }).toBe(5);
});
