import { type Client, createClient } from '@connectrpc/connect';
import { defineConfig } from '@mainstay/config';
import { ProjectionAdminService, ProjectionKind } from '@mainstay/contracts/mainstay/operations/v1/projections';
import { StuckWorkService } from '@mainstay/contracts/mainstay/operations/v1/stuck_work';
import { OrderPlacedSchema } from '@mainstay/contracts/orders/v1/events';
import { silentLogger, silentMeter } from '@mainstay/kernel';
import { newTrace, runInContext } from '@mainstay/kernel/context';
import { leaseMigrations } from '@mainstay/leases';
import { createEventStore, createProjections, eventStoreMigrations, type Projection, tell } from '@mainstay/messaging';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { createDirectTransport, createInternalIdentity } from '@mainstay/rpc';
import { defineService, type Host, startHost } from '@mainstay/service';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { internalKey } from './spawn-service.ts';

const store = createEventStore({ events: [OrderPlacedSchema] });
const placedOrders: Projection = {
  name: 'placed-orders',
  tables: ['placed_orders'],
  types: [OrderPlacedSchema.typeName],
  async apply(tx, { subject }) {
    await tx.query('insert into placed_orders (order_id) values ($1)', [subject]);
  },
};

let db: TestDatabase;
let host: Host;
let admin: Client<typeof ProjectionAdminService>;
let stuck: Client<typeof StuckWorkService>;
let transport: AsyncDisposable;
beforeAll(async () => {
  db = await testDatabase({ migrations: [eventStoreMigrations] });
  await db.database.query('create table placed_orders (order_id text primary key)');
  const orders = defineService({
    name: 'orders',
    version: '1',
    config: defineConfig({ name: 'orders', keys: {} }),
    database: { migrations: [leaseMigrations, eventStoreMigrations] },
    start: async ({ database }) => ({ projections: createProjections({ database, store, following: [placedOrders] }) }),
  });
  const env = {
    MAINSTAY_INTERNAL_KEY: internalKey,
    MAINSTAY_REGISTRY_ADDRESS: '127.0.0.1:1',
    MAINSTAY_DRAIN_PAUSE_MS: '0',
    ORDERS_DATABASE_URL: db.url,
  };
  host = await startHost([orders], { env, logDestination: { write: () => undefined } });
  const identity = createInternalIdentity({ key: Buffer.from(internalKey, 'hex'), service: 'gateway' });
  const direct = createDirectTransport({
    address: host.grpcAddress ?? '',
    identity,
    logger: silentLogger,
    meter: silentMeter,
  });
  transport = direct;
  admin = createClient(ProjectionAdminService, direct);
  stuck = createClient(StuckWorkService, direct);
  await db.database.transaction(async (tx) => {
    for (const orderId of ['o1', 'o2', 'o3']) {
      const events = [tell(OrderPlacedSchema, { orderId })];
      await store.append(tx, { stream: `order:${orderId}`, expectedVersion: 0n, events, actor: 'test' });
    }
  });
});
afterAll(async () => {
  await transport[Symbol.asyncDispose]();
  await host[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

const as = <T>(role: string, run: () => Promise<T>): Promise<T> =>
  runInContext({ trace: newTrace(), identity: { kind: 'user', userId: 'ada', roles: [role] } }, run);

const rebuild = (projection: string) =>
  as('admin', async () => {
    const answers: { events: bigint; done: boolean }[] = [];
    const request = { service: 'orders', projection, reason: 'to see' };
    for await (const { events, done } of admin.rebuildProjection(request)) answers.push({ events, done });
    return answers;
  });

test('an administrator sees how far a projection is behind, has it made anew, and is named with it', async () => {
  const list = () => as('admin', () => admin.listProjections({ service: 'orders' }));
  expect((await list()).projections).toMatchObject([
    { name: 'placed-orders', kind: ProjectionKind.FOLLOWING, tables: ['placed_orders'], behindCount: 3, rebuiltBy: '' },
  ]);

  const listStuck = () => as('admin', () => stuck.listStuckWork({ service: 'orders', minAgeMs: 1n }));
  expect((await listStuck()).items).toMatchObject([
    { kind: 'projection', id: 'placed-orders', reason: 'PROJECTION_BEHIND' },
  ]);

  expect((await rebuild('placed-orders')).at(-1)).toEqual({ events: 3n, done: true });

  expect((await list()).projections).toMatchObject([{ behindCount: 0, rebuiltBy: 'user:ada' }]);
  expect((await listStuck()).items).toEqual([]);
  const { rows } = await db.database.query('select order_id from placed_orders order by order_id');
  expect(rows.map(({ order_id: id }) => id)).toEqual(['o1', 'o2', 'o3']);
});

test('a projection that is not known is told by its reason, and customers may neither look nor rebuild', async () => {
  await expect(rebuild('orders-by-moon')).rejects.toMatchObject({ reason: 'PROJECTION_UNKNOWN' });
  const look = as('customer', () => admin.listProjections({ service: 'orders' }));
  await expect(look).rejects.toMatchObject({ reason: 'ROLE_REQUIRED' });
});
