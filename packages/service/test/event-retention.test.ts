import { defineConfig } from '@mainstay/config';
import { OrderPlacedSchema } from '@mainstay/contracts/orders/v1/events';
import { leaseMigrations } from '@mainstay/leases';
import { busMigrations, inboxMigrations, onEvent, outboxMigrations } from '@mainstay/messaging';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { defineService, startHost } from '@mainstay/service';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { internalKey } from './spawn-service.ts';

const migrations = [leaseMigrations, outboxMigrations, inboxMigrations];

let orders: TestDatabase;
let bus: TestDatabase;
beforeAll(async () => {
  [orders, bus] = await Promise.all([testDatabase({ migrations }), testDatabase({ migrations: [busMigrations] })]);
});
afterAll(() => Promise.all([orders, bus].map((each) => each[Symbol.asyncDispose]())));

const ago = (days: number): string => `now() - interval '${days} days'`;

beforeEach(async () => {
  await orders.database.query('truncate outbox, outbox_log, inbox_events, inbox_cursors');
  await bus.database.query('truncate bus_sources, bus_events');
  for (const days of [3, 6, 8]) {
    await orders.database.query(
      `insert into outbox (id, type, subject, time, data, relayed_at)
       values (gen_random_uuid(), 'old.Event', '${days} days', ${ago(days)}, '', ${ago(days)})`,
    );
  }
  await orders.database.query(
    `insert into outbox (id, type, subject, time, data)
     values (gen_random_uuid(), 'old.Event', 'waiting', ${ago(100)}, '')`,
  );
  await orders.database.query(
    `insert into inbox_cursors (consumer, source, position) values ('notes', 'elsewhere', 20)`,
  );
  for (const days of [6, 8, 14, 16]) {
    await orders.database.query(
      `insert into inbox_events (consumer, source, id, position, seen_at)
       values ('notes', 'elsewhere', gen_random_uuid(), ${20 - days}, ${ago(days)})`,
    );
  }
  await bus.database.query(`insert into bus_sources (source, last_position) values ('elsewhere', 100)`);
  for (const days of [89, 91]) {
    await bus.database.query(
      `insert into bus_events (source, position, id, type, subject, time, data, published_at)
       values ('elsewhere', ${100 - days}, gen_random_uuid(), 'old.Event', '', now(), '', ${ago(days)})`,
    );
  }
});

/** Tells events and listens to them. */
const service = defineService({
  name: 'orders',
  version: '1',
  config: defineConfig({ name: 'orders', keys: {} }),
  database: { migrations },
  tells: [OrderPlacedSchema],
  start: async () => ({
    consumers: [
      { name: 'notes', sources: ['elsewhere'], handlers: [onEvent(OrderPlacedSchema, async () => undefined)] },
    ],
  }),
});

function hostWith(more: Readonly<Record<string, string>>) {
  const env = {
    MAINSTAY_INTERNAL_KEY: internalKey,
    MAINSTAY_REGISTRY_ADDRESS: '127.0.0.1:1',
    MAINSTAY_DRAIN_PAUSE_MS: '0',
    ORDERS_DATABASE_URL: orders.url,
    MAINSTAY_BUS_URL: bus.url,
    ...more,
  };
  return startHost([service], { env, logDestination: { write: () => undefined } });
}

/** What is left, in days; the waiting event of the outbox is relayed meanwhile. */
async function kept() {
  const days = (column: string): string => `round(extract(epoch from now() - ${column}) / 86400)::integer as days`;
  const [outbox, inbox, onBus] = await Promise.all([
    orders.database.query<{ subject: string }>('select subject from outbox order by sequence'),
    orders.database.query<{ days: number }>(`select ${days('seen_at')} from inbox_events order by seen_at desc`),
    bus.database.query<{ days: number }>(
      `select ${days('published_at')} from bus_events where source = 'elsewhere' order by published_at desc`,
    ),
  ]);
  return {
    outbox: outbox.rows.map(({ subject }) => subject),
    inbox: inbox.rows.map((row) => row.days),
    bus: onBus.rows.map((row) => row.days),
  };
}

test('outboxes keep told events for 7 days and all that wait, inboxes know theirs for 15, the bus has them for 90', async () => {
  await using _host = await hostWith({});

  await expect.poll(kept, { timeout: 15_000 }).toEqual({
    outbox: ['3 days', '6 days', 'waiting'],
    inbox: [6, 8, 14],
    bus: [89],
  });
});

test('with 4 days for an outbox an inbox keeps 9, and with 0 days a bus keeps all', async () => {
  await using _host = await hostWith({ MAINSTAY_OUTBOX_KEPT_DAYS: '4', MAINSTAY_BUS_KEPT_DAYS: '0' });

  await expect.poll(kept, { timeout: 15_000 }).toEqual({
    outbox: ['3 days', 'waiting'],
    inbox: [6, 8],
    bus: [89, 91],
  });
});
