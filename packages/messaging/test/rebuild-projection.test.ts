import { OrderConfirmedSchema, OrderPlacedSchema } from '@mainstay/contracts/orders/v1/events';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { withFault } from '@mainstay/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  createEventStore,
  createProjections,
  eventStoreMigrations,
  type Projection,
  type Projections,
  tell,
} from '../src/index.ts';
import { leasesAt, until } from './harness.ts';

let db: TestDatabase;
let projections: Projections;
beforeAll(async () => {
  db = await testDatabase({ migrations: [eventStoreMigrations] });
  await db.database.query(
    `create table order_status (
       order_id text constraint order_status_key primary key, status text not null, changed_at timestamptz not null)`,
  );
  await db.database.query(
    'create index order_status_recent on order_status (changed_at desc) where status is not null',
  );
  await db.database.query('create table placed_orders (order_id text primary key, place bigint not null)');
  projections = createProjections({ database: db.database, store, inline: [status], following: [placedOrders] });
});
beforeEach(async () => {
  await db.database.query(
    'truncate stream_events, stream_snapshots, order_status, placed_orders, projections, projection_rebuilds restart identity',
  );
});
afterAll(() => db[Symbol.asyncDispose]());

const store = createEventStore({ events: [OrderPlacedSchema, OrderConfirmedSchema] });

const status: Projection = {
  name: 'order-status',
  tables: ['order_status'],
  types: [OrderPlacedSchema.typeName, OrderConfirmedSchema.typeName],
  async apply(tx, { type, subject, time }) {
    await tx.query(
      `insert into order_status (order_id, status, changed_at) values ($1, $2, $3)
       on conflict (order_id) do update set status = excluded.status, changed_at = excluded.changed_at`,
      [subject, type, time],
    );
  },
};

/** Numbers the versions of each stream; fails on one that comes twice. */
const placedOrders: Projection = {
  name: 'placed-orders',
  tables: ['placed_orders'],
  types: [OrderPlacedSchema.typeName],
  async apply(tx, { subject, version }) {
    await tx.query('insert into placed_orders (order_id, place) values ($1, $2)', [subject, version]);
  },
};
const rebuildStatus = (options: { batchSize?: number } = {}) =>
  projections.rebuild('order-status', { actor: 'test', why: 'to see', ...options });

const record = (
  orderId: string,
  expectedVersion: bigint,
  schema: typeof OrderPlacedSchema | typeof OrderConfirmedSchema,
) =>
  db.database.transaction(async (tx) => {
    const events = [tell(schema, { orderId })];
    await projections.project(
      tx,
      await store.append(tx, { stream: `order:${orderId}`, expectedVersion, events, actor: 'test' }),
    );
  });

/** Every byte of the projection's table. */
async function content(): Promise<string> {
  const text = `select string_agg(t::text, E'\\n' order by order_id) as all from order_status t`;
  return (await db.database.query<{ all: string }>(text)).rows[0]!.all;
}

async function placeMany(count: number, from = 0): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, i) => record(`o${from + i}`, 0n, OrderPlacedSchema)));
}

test('tables made anew from 150 events are the same to the byte, also after they were damaged', async () => {
  await placeMany(100);
  await Promise.all(Array.from({ length: 50 }, (_, i) => record(`o${i}`, 1n, OrderConfirmedSchema)));
  const before = await content();

  await db.database.query(`update order_status set status = 'nonsense'`);
  await db.database.query(`delete from order_status where order_id like 'o1%'`);
  const rebuilt = await rebuildStatus({ batchSize: 40 });
  expect(rebuilt).toEqual({ events: 150 });
  expect(await content()).toBe(before);
});

test('events that are appended during a rebuild are in the new tables: 60 before, 30 meanwhile', async () => {
  await placeMany(60);
  using fault = withFault('rebuild.after-batch');
  const rebuilding = rebuildStatus({ batchSize: 25 });
  await fault.reached;
  await placeMany(30, 60);
  const before = await content();
  fault.release();

  expect(await rebuilding).toEqual({ events: 90 });
  expect(await content()).toBe(before);
  expect(before.split('\n')).toHaveLength(90);
});

test('an append whose event got an earlier sequence than one that was seen, and commits later, is not missed', async () => {
  const open = Promise.withResolvers<void>();
  const appended = Promise.withResolvers<void>();
  const slow = db.database.transaction(async (tx) => {
    const events = [tell(OrderPlacedSchema, { orderId: 'slow' })];
    await projections.project(
      tx,
      await store.append(tx, { stream: 'order:slow', expectedVersion: 0n, events, actor: 'test' }),
    );
    appended.resolve();
    await open.promise;
  });
  await appended.promise;
  await placeMany(5);
  const rebuilding = rebuildStatus();
  open.resolve();
  await slow;

  expect(await rebuilding).toEqual({ events: 6 });
  expect((await content()).split('\n')).toHaveLength(6);
});

test('a rebuild that is given up before the swap leaves the tables in use as they were, and the next one succeeds', async () => {
  await placeMany(10);
  const before = await content();
  {
    using _fault = withFault('rebuild.before-swap', {
      run: () => {
        throw new TypeError('cut off');
      },
    });
    await expect(rebuildStatus()).rejects.toThrow('cut off');
  }
  expect(await content()).toBe(before);

  expect(await rebuildStatus()).toEqual({ events: 10 });
  await record('o1', 1n, OrderConfirmedSchema);
  expect(await content()).not.toBe(before);
});

test('a reader that holds the tables for longer than the exchange waits holds up no append, and gets its turn first', async () => {
  await placeMany(5);
  const open = Promise.withResolvers<void>();
  const read = Promise.withResolvers<void>();
  const reader = db.database.transaction(async (tx) => {
    await tx.query('select count(*) from order_status');
    read.resolve();
    await open.promise;
    return (await tx.query<{ count: bigint }>('select count(*) from order_status')).rows[0]!.count;
  });
  await read.promise;
  using tried = withFault('rebuild.before-swap');
  const rebuilding = rebuildStatus();
  await tried.reached;
  tried.release();
  await placeMany(20, 5);
  open.resolve();

  expect(await reader).toBe(25n);
  expect(await rebuilding).toEqual({ events: 25 });
  expect((await content()).split('\n')).toHaveLength(25);
});

test('keys and indexes have the names of before, and who rebuilt is told', async () => {
  await placeMany(3);
  const names = async () =>
    (await db.database.query(`select indexname, indexdef from pg_indexes where tablename = 'order_status' order by 1`))
      .rows;
  const before = await names();

  await rebuildStatus();

  expect(await names()).toEqual(before);
  expect(before).toHaveLength(2);
  expect(await projections.list()).toMatchObject([
    { name: 'order-status', kind: 'inline', behindCount: 0, rebuiltBy: 'test' },
    { name: 'placed-orders', kind: 'following', behindCount: 3, rebuiltAt: null },
  ]);
});

test('a projection that follows is rebuilt while it is written: each of 60 events is in it once', async () => {
  await placeMany(20);
  await using _following = projections.follow({ leases: leasesAt(1), pollIntervalMs: 20, batchSize: 7 });
  const caughtUp = () => until('the projection', async () => (await projections.list())[1]?.behindCount === 0);
  await caughtUp();
  const rows = async () => (await db.database.query('select * from placed_orders order by order_id')).rows;
  const first = await rows();
  expect(first).toHaveLength(20);

  using fault = withFault('rebuild.after-batch');
  const rebuilding = projections.rebuild('placed-orders', { actor: 'test', why: 'to see', batchSize: 10 });
  await fault.reached;
  await placeMany(20, 20);
  fault.release();
  await Promise.all([rebuilding, placeMany(20, 40)]);
  await caughtUp();

  const after = await rows();
  expect(after).toHaveLength(60);
  expect(after.filter((row) => first.some(({ order_id: id }) => id === row['order_id']))).toEqual(first);
});

test('of two rebuilds of one projection the later one is carried out, and the earlier one leaves nothing', async () => {
  await placeMany(10);
  const before = await content();
  using fault = withFault('rebuild.after-batch');
  const earlier = rebuildStatus({ batchSize: 4 });
  await fault.reached;
  const later = await rebuildStatus();
  fault.release();
  const [first] = await Promise.allSettled([earlier]);

  expect(later).toEqual({ events: 10 });
  expect(await content()).toBe(before);
  const { rows } = await db.database.query(`select from pg_namespace where nspname like 'rebuild%'`);
  expect([first.status, rows.length]).toEqual(['rejected', 0]);
});

test('two projections may not write the same table, and one that is not known is not rebuilt', async () => {
  const twice = { database: db.database, store, inline: [status], following: [{ ...status, name: 'other' }] };
  expect(() => createProjections(twice)).toThrow('named once');
  await expect(projections.rebuild('other', { actor: 'test', why: 'to see' })).rejects.toThrow(
    'order-status, placed-orders',
  );
});
