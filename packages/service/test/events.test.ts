import { defineConfig } from '@mainstay/config';
import { OrderPlacedSchema } from '@mainstay/contracts/orders/v1/events';
import { isPlatformError } from '@mainstay/kernel';
import { leaseMigrations } from '@mainstay/leases';
import { createOutbox, inboxMigrations, onEvent, outboxBacklog, outboxMigrations, tell } from '@mainstay/messaging';
import { hasNats, startNats, whySkipped } from '@mainstay/messaging/testing';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { defineService, type ServiceContext, startHost } from '@mainstay/service';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { internalKey } from './spawn-service.ts';

let orders: TestDatabase;
let products: TestDatabase;
let bus: TestDatabase;
beforeAll(async () => {
  [orders, products, bus] = await Promise.all([testDatabase(), testDatabase(), testDatabase()]);
});
afterAll(() => Promise.all([orders, products, bus].map((each) => each[Symbol.asyncDispose]())));

type AnyContext = ServiceContext<ReturnType<typeof configOf>>;

const configOf = (name: string) => defineConfig({ name, keys: {} });

/** Tells that orders were placed. */
function teller(onStart: (context: AnyContext) => void) {
  return defineService({
    name: 'orders',
    version: '1',
    config: configOf('orders'),
    database: { migrations: [leaseMigrations, outboxMigrations] },
    tells: [OrderPlacedSchema],
    async start(context) {
      onStart(context);
      return {};
    },
  });
}

/** Notes the orders that it hears of. */
function listener(heard: string[]) {
  return defineService({
    name: 'products',
    version: '1',
    config: configOf('products'),
    database: { migrations: [leaseMigrations, inboxMigrations] },
    start: async () => ({
      consumers: [
        {
          name: 'notes',
          sources: ['orders'],
          handlers: [onEvent(OrderPlacedSchema, async ({ orderId }) => void heard.push(orderId))],
        },
      ],
    }),
  });
}

const logDestination = { write: () => undefined };

function env(more: Record<string, string> = {}): Record<string, string> {
  return {
    MAINSTAY_INTERNAL_KEY: internalKey,
    MAINSTAY_REGISTRY_ADDRESS: '127.0.0.1:1',
    MAINSTAY_DRAIN_PAUSE_MS: '0',
    ORDERS_DATABASE_URL: orders.url,
    PRODUCTS_DATABASE_URL: products.url,
    ...more,
  };
}

const placed = (context: AnyContext, orderId: string) =>
  context.database.transaction((tx) => context.events.tell(tx, tell(OrderPlacedSchema, { orderId })));

test('an event told without a bus waits in the outbox, and is heard once by another service when a bus is set', async () => {
  const contexts: AnyContext[] = [];
  const heard: string[] = [];
  {
    await using _alone = await startHost([teller((context) => contexts.push(context))], { env: env(), logDestination });
    await placed(contexts[0]!, 'early');
    expect(await outboxBacklog(orders.database)).toMatchObject({ waiting: 1 });
  }

  const withBus = { env: env({ MAINSTAY_BUS_URL: bus.url }), logDestination };
  await using _telling = await startHost([teller((context) => contexts.push(context))], withBus);
  await using _hearing = await startHost([listener(heard)], withBus);
  await placed(contexts[1]!, 'late');
  await expect.poll(() => heard, { timeout: 15_000 }).toEqual(['early', 'late']);
});

test('an event of a transaction that is rolled back is never heard, and one of the same host is', async () => {
  const contexts: AnyContext[] = [];
  const heard: string[] = [];
  const both = [teller((context) => contexts.push(context)), listener(heard)];
  await using _host = await startHost(both, { env: env({ MAINSTAY_BUS_URL: bus.url }), logDestination });
  const [context] = contexts;
  const lost = context!.database.transaction(async (tx) => {
    await context!.events.tell(tx, tell(OrderPlacedSchema, { orderId: 'lost' }));
    throw new TypeError('changed my mind');
  });
  await expect(lost).rejects.toThrow('changed my mind');

  await placed(context!, 'kept');
  await expect.poll(() => heard, { timeout: 15_000 }).toEqual(['kept']);
});

test('an event is told while calls hold every connection of the pool', async () => {
  const contexts: AnyContext[] = [];
  const heard: string[] = [];
  const both = [teller((context) => contexts.push(context)), listener(heard)];
  const busy = { MAINSTAY_BUS_URL: bus.url, ORDERS_DATABASE_MAX_CONNECTIONS: '2' };
  await using _host = await startHost(both, { env: env(busy), logDestination });
  const [context] = contexts;
  await placed(context!, 'first');
  await expect.poll(() => heard, { timeout: 15_000 }).toContain('first');

  const done = Promise.withResolvers<void>();
  const holding = Array.from({ length: 2 }, () =>
    context!.database.transaction(async (tx) => {
      await tx.query('select 1');
      await done.promise;
    }),
  );
  await expect.poll(() => context!.database.stats()).toMatchObject({ total: 2, idle: 0 });
  const outbox = createOutbox({ events: [OrderPlacedSchema] });
  await orders.database.transaction((tx) => outbox.append(tx, [tell(OrderPlacedSchema, { orderId: 'second' })]));
  await expect.poll(() => heard, { timeout: 15_000 }).toContain('second');
  done.resolve();
  await Promise.all(holding);
});

test.skipIf(!hasNats)(
  `over a NATS ${whySkipped || 'an event is heard once by another service, also one told while the NATS was away'}`,
  { timeout: 30_000 },
  async () => {
    await using nats = await startNats();
    await using telling = await testDatabase();
    await using hearing = await testDatabase();
    const contexts: AnyContext[] = [];
    const heard: string[] = [];
    const withNats = {
      env: env({
        MAINSTAY_BUS_URL: nats.url,
        ORDERS_DATABASE_URL: telling.url,
        PRODUCTS_DATABASE_URL: hearing.url,
      }),
      logDestination,
    };
    await using _telling = await startHost([teller((context) => contexts.push(context))], withNats);
    await using _hearing = await startHost([listener(heard)], withNats);
    await placed(contexts[0]!, 'first');
    await expect.poll(() => heard, { timeout: 15_000 }).toEqual(['first']);

    await nats.kill();
    await placed(contexts[0]!, 'meanwhile');
    await nats.start();
    await placed(contexts[0]!, 'later');
    await expect.poll(() => heard, { timeout: 15_000 }).toEqual(['first', 'meanwhile', 'later']);
  },
);

test('a service that consumes events does not start without a bus', async () => {
  const starting = startHost([listener([])], { env: env(), logDestination });
  await expect(starting).rejects.toSatisfy((error) => isPlatformError(error, 'BUS_MISSING'));
});

test('a service that tells events without a database is refused', () => {
  const definition = { name: 'orders', version: '1', config: configOf('orders'), start: async () => ({}) };
  expect(() => defineService({ ...definition, tells: [OrderPlacedSchema] })).toThrow('service.tells');
});
