import { OrderConfirmedSchema, OrderPlacedSchema } from '@mainstay/contracts/orders/v1/events';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { withFault } from '@mainstay/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  createEventStore,
  eventStoreMigrations,
  type Projection,
  projectAll,
  rebuildProjection,
  tell,
} from '../src/index.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase({ migrations: [eventStoreMigrations] });
  await db.database.query(
    'create table order_status (order_id text primary key, status text not null, changed_at timestamptz not null)',
  );
});
beforeEach(async () => {
  await db.database.query('truncate stream_events, stream_snapshots, order_status restart identity');
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
const project = projectAll([status]);

const record = (
  orderId: string,
  expectedVersion: bigint,
  schema: typeof OrderPlacedSchema | typeof OrderConfirmedSchema,
) =>
  db.database.transaction(async (tx) => {
    const events = [tell(schema, { orderId })];
    await project(tx, await store.append(tx, { stream: `order:${orderId}`, expectedVersion, events, actor: 'test' }));
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
  const rebuilt = await rebuildProjection({ database: db.database, projection: status, batchSize: 40 });
  expect(rebuilt).toEqual({ events: 150 });
  expect(await content()).toBe(before);
});

test('events that are appended during a rebuild are in the new tables: 60 before, 30 meanwhile', async () => {
  await placeMany(60);
  using fault = withFault('rebuild.after-batch');
  const rebuilding = rebuildProjection({ database: db.database, projection: status, batchSize: 25 });
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
    await project(tx, await store.append(tx, { stream: 'order:slow', expectedVersion: 0n, events, actor: 'test' }));
    appended.resolve();
    await open.promise;
  });
  await appended.promise;
  await placeMany(5);
  const rebuilding = rebuildProjection({ database: db.database, projection: status });
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
    await expect(rebuildProjection({ database: db.database, projection: status })).rejects.toThrow('cut off');
  }
  expect(await content()).toBe(before);

  expect(await rebuildProjection({ database: db.database, projection: status })).toEqual({ events: 10 });
  await record('o1', 1n, OrderConfirmedSchema);
  expect(await content()).not.toBe(before);
});

test('two projections may not write the same table', () => {
  expect(() => projectAll([status, { ...status, name: 'other' }])).toThrow('named once');
});
