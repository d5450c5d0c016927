import { OrderCancelledSchema, OrderConfirmedSchema, OrderPlacedSchema } from '@mainstay/contracts/orders/v1/events';
import type { HeldLease, LeaseKeeper } from '@mainstay/kernel';
import { createBell, startListener } from '@mainstay/postgres';
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

/** The database of a service, and a bus. */
export interface Surroundings extends AsyncDisposable {
  readonly service: TestDatabase;
  readonly bus: Bus;
  readonly outbox: Outbox;
}

export async function surroundingsOf(bus: Bus): Promise<Surroundings> {
  const service = await testDatabase({ migrations: [outboxMigrations, inboxMigrations] });
  await service.database.query(
    'create table effects (sequence bigint generated always as identity, what text not null)',
  );
  return {
    service,
    bus,
    outbox: createOutbox({ events: [OrderPlacedSchema, OrderConfirmedSchema, OrderCancelledSchema] }),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}

/** Empties the service's database, for the next test. */
export async function emptyService({ service }: Surroundings): Promise<void> {
  await service.database.query(
    'truncate outbox, outbox_log, inbox_cursors, inbox_events, inbox_parked, inbox_actions, effects restart identity',
  );
}

/** A bus in a database of its own. */
export async function openPostgresBus(): Promise<AsyncDisposable & { bus: Bus; busDatabase: TestDatabase }> {
  await using parts = new AsyncDisposableStack();
  const busDatabase = parts.use(await testDatabase({ migrations: [busMigrations] }));
  const { database, url } = busDatabase;
  const listener = parts.use(startListener({ url, name: 'test' }));
  await listener.ready();
  const bus = createPostgresBus({ database, bell: createBell(database, busChannel), listener });
  const owned = parts.move();
  return { bus, busDatabase, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** A service beside a bus of PostgreSQL. */
export interface PostgresSurroundings extends Surroundings {
  readonly busDatabase: TestDatabase;
}

export async function surroundings(): Promise<PostgresSurroundings> {
  const opened = await openPostgresBus();
  const inner = await surroundingsOf(opened.bus);
  return {
    ...inner,
    busDatabase: opened.busDatabase,
    async [Symbol.asyncDispose]() {
      await inner[Symbol.asyncDispose]();
      await opened[Symbol.asyncDispose]();
    },
  };
}

/** Empties both databases, for the next test. */
export async function empty(world: PostgresSurroundings): Promise<void> {
  await emptyService(world);
  await emptyBus(world.busDatabase);
}

/** Empties a bus of PostgreSQL. */
export async function emptyBus({ database }: TestDatabase): Promise<void> {
  await database.query('truncate bus_sources, bus_events');
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
  const events = await readWaiting(service.database, { after: 0n, limit: 10_000 });
  if (events.length === 0) return;
  await bus.publish({ source: 'orders', epoch, events });
  await markRelayed(service.database, events, { after: 0n, limit: 1 });
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
