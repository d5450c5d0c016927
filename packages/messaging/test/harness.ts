import { OrderCancelledSchema, OrderConfirmedSchema, OrderPlacedSchema } from '@mainstay/contracts/orders/v1/events';
import type { HeldLease, LeaseKeeper } from '@mainstay/kernel';
import { createBell, type Listener, startListener } from '@mainstay/postgres';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import {
  type Bus,
  busChannel,
  busMigrations,
  createOutbox,
  createPostgresBus,
  inboxMigrations,
  type Outbox,
  outboxMigrations,
  tell,
} from '../src/index.ts';
import { markRelayed, readWaiting } from '../src/outbox/outbox-store.ts';

/** Two databases, one of a service and one that is the bus, with what stands between them. */
export interface Surroundings extends AsyncDisposable {
  readonly service: TestDatabase;
  readonly busDatabase: TestDatabase;
  readonly bus: Bus;
  readonly outbox: Outbox;
  readonly listener: Listener;
}

export async function surroundings(): Promise<Surroundings> {
  const service = await testDatabase({ migrations: [outboxMigrations, inboxMigrations] });
  await service.database.query(
    'create table effects (sequence bigint generated always as identity, what text not null)',
  );
  const busDatabase = await testDatabase({ migrations: [busMigrations] });
  const listener = startListener({ url: busDatabase.url, name: 'test' });
  await listener.ready();
  const { database } = busDatabase;
  return {
    service,
    busDatabase,
    listener,
    bus: createPostgresBus({ database, bell: createBell(database, busChannel), listener }),
    outbox: createOutbox({ events: [OrderPlacedSchema, OrderConfirmedSchema, OrderCancelledSchema] }),
    async [Symbol.asyncDispose]() {
      await listener[Symbol.asyncDispose]();
      await busDatabase[Symbol.asyncDispose]();
      await service[Symbol.asyncDispose]();
    },
  };
}

/** Empties both databases, for the next test. */
export async function empty({ service, busDatabase }: Surroundings): Promise<void> {
  await service.database.query(
    'truncate outbox, inbox_cursors, inbox_events, inbox_parked, inbox_actions, effects restart identity',
  );
  await busDatabase.database.query('truncate bus_sources, bus_events');
}

/** A lease with a chosen epoch that nobody else asks for. */
export function leasesAt(epoch: number): LeaseKeeper {
  return {
    async run(name, work, signal) {
      const lease: HeldLease = { name, epoch, signal, fence: (sql) => sql };
      await work(lease);
    },
  };
}

/** Tells that orders were placed, in one transaction. */
export async function place({ service, outbox }: Surroundings, ...orderIds: readonly string[]): Promise<void> {
  await service.database.transaction(async (tx) => {
    await outbox.append(
      tx,
      orderIds.map((orderId) => tell(OrderPlacedSchema, { orderId, userId: 'ada', itemCount: 1 })),
    );
  });
}

/** Puts events on the bus without a relay, as one that ran at this epoch would. */
export async function publishWaiting({ service, bus }: Surroundings, epoch = 1): Promise<void> {
  const events = await readWaiting(service.database, 10_000);
  if (events.length === 0) return;
  await bus.publish({ source: 'orders', epoch, events });
  await markRelayed(service.database, events);
}

/** Subjects on the bus, in the order of their positions. */
export async function onBus({ bus }: Surroundings): Promise<readonly string[]> {
  const events = await bus.read({ source: 'orders', after: 0n, limit: 100_000 });
  return events.map(({ subject }) => subject);
}

/** What the handlers wrote, in order. */
export async function effects({ service }: Surroundings): Promise<readonly string[]> {
  const { rows } = await service.database.query<{ what: string }>('select what from effects order by sequence');
  return rows.map(({ what }) => what);
}

/** Waits until a condition holds, looking at every turn of the event loop. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const endAt = performance.now() + 15_000;
  while (!(await holds())) {
    await new Promise((resolve) => setImmediate(resolve));
    if (performance.now() > endAt) throw new Error(`${what} did not happen within 15 s`);
  }
}
