import { setTimeout as pause } from 'node:timers/promises';
import { OrderPlacedSchema } from '@mainstay/contracts/orders/v1/events';
import { createLeaseKeeper, leaseMigrations } from '@mainstay/leases';
import {
  busChannel,
  busMigrations,
  createOutbox,
  createPostgresBus,
  inboxMigrations,
  onEvent,
  onEvents,
  outboxMigrations,
  type Relay,
  startConsumer,
  startRelay,
  tell,
} from '@mainstay/messaging';
import { createBell, openDatabase, runMigrations, startListener } from '@mainstay/postgres';
import type { Databases, EventPath } from './event-path.ts';

/** Outbox, relay, bus and consumer through their public functions, with a handler of many events or of each. */
export async function openMainstay(urls: Databases, takes: 'one' | 'many'): Promise<EventPath> {
  await runMigrations({ url: urls.service, directory: [leaseMigrations, outboxMigrations] });
  await runMigrations({ url: urls.bus, directory: busMigrations });
  await runMigrations({ url: urls.consumer, directory: [leaseMigrations, inboxMigrations] });
  await using parts = new AsyncDisposableStack();
  const database = parts.use(await openDatabase({ url: urls.service, name: 'service' }));
  // As the service kit opens it.
  const relayDatabase = parts.use(await openDatabase({ url: urls.service, name: 'service-relay', maxConnections: 1 }));
  const busDatabase = parts.use(await openDatabase({ url: urls.bus, name: 'bus' }));
  const consumerDatabase = parts.use(await openDatabase({ url: urls.consumer, name: 'consumer' }));
  const listener = parts.use(startListener({ url: urls.bus, name: 'bus' }));
  const bell = createBell(busDatabase, busChannel);
  const bus = createPostgresBus({ database: busDatabase, bell, listener });
  const outbox = createOutbox({ events: [OrderPlacedSchema] });
  await consumerDatabase.query('create table if not exists effects (id text not null)');
  let relay: Relay | undefined;
  let ids = 0;
  // Contenders of one run share the databases.
  const toldBefore = await bus.newest('orders');
  const owned = parts.move();

  return {
    async write(count) {
      const events = Array.from({ length: count }, () => {
        ids += 1;
        return tell(OrderPlacedSchema, { orderId: `order-${ids}`, userId: 'ada', itemCount: 3 });
      });
      await database.transaction((tx) => outbox.append(tx, events));
      relay?.wake();
    },
    async relayAll() {
      const leases = owned.use(createLeaseKeeper({ database, owner: 'bench' }));
      relay = owned.use(startRelay({ source: 'orders', database: relayDatabase, bus, leases }));
      // One row is asked for, so that waiting for the end costs nothing that counts.
      while ((await bus.newest('orders')) < toldBefore + BigInt(ids)) await pause(1);
    },
    async consume(onEffect) {
      const leases = owned.use(createLeaseKeeper({ database: consumerDatabase, owner: 'bench' }));
      const each = onEvent(OrderPlacedSchema, async ({ orderId }, { tx, event }) => {
        await tx.query('insert into effects (id) values ($1)', [orderId]);
        tx.afterCommit(() => onEffect(Date.now() - event.time.getTime()));
      });
      const many = onEvents(OrderPlacedSchema, async (orders, { tx, events }) => {
        const ids = orders.map(({ orderId }) => orderId);
        await tx.query('insert into effects (id) select * from unnest($1::text[])', [ids]);
        tx.afterCommit(() => {
          for (const { time } of events) onEffect(Date.now() - time.getTime());
        });
      });
      const handler = takes === 'many' ? many : each;
      const options = { name: `bench-${takes}`, sources: ['orders'], handlers: [handler], from: 'next' } as const;
      owned.use(startConsumer({ ...options, database: consumerDatabase, bus, leases }));
    },
    close: () => owned.disposeAsync(),
  };
}
