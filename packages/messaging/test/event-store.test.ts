import { OrderCancelledSchema, OrderConfirmedSchema, OrderPlacedSchema } from '@mainstay/contracts/orders/v1/events';
import { isPlatformError } from '@mainstay/kernel';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Aggregate,
  createEventStore,
  eventStoreMigrations,
  readEvent,
  type StreamEvent,
  tell,
  upcast,
} from '../src/index.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase({ migrations: [eventStoreMigrations] });
});
afterAll(() => db[Symbol.asyncDispose]());

const store = createEventStore({ events: [OrderPlacedSchema, OrderConfirmedSchema] });
const placed = (orderId: string, itemCount = 1) => tell(OrderPlacedSchema, { orderId, itemCount });

/** Appends in a transaction of its own. */
const append = (stream: string, expectedVersion: bigint, ...events: ReturnType<typeof placed>[]) =>
  db.database.transaction((tx) => store.append(tx, { stream, expectedVersion, events, actor: 'customer' }));

/** Counts the items of an order. */
const itemCounter: Aggregate<{ items: number }> & { applied: number } = {
  shape: 'items/1',
  initial: { items: 0 },
  snapshotEvery: 10,
  applied: 0,
  apply(state) {
    itemCounter.applied += 1;
    return { items: state.items + 1 };
  },
};

test('events of a stream are read back in order with their versions, who caused them and what they say', async () => {
  await append('order:a', 0n, placed('a', 1), placed('a', 2));
  await append('order:a', 2n, tell(OrderConfirmedSchema, { orderId: 'a', paymentId: 'p' }));

  const events = await store.read(db.database, { stream: 'order:a' });
  expect(events.map(({ version, type, subject, actor }) => [version, type, subject, actor])).toEqual([
    [1n, 'orders.v1.OrderPlaced', 'a', 'customer'],
    [2n, 'orders.v1.OrderPlaced', 'a', 'customer'],
    [3n, 'orders.v1.OrderConfirmed', 'a', 'customer'],
  ]);
  expect(await store.read(db.database, { stream: 'order:a', after: 2n })).toHaveLength(1);
});

test('of 10 concurrent appends at the same version exactly one wins, the other 9 are told of the conflict', async () => {
  const outcomes = await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) => append('order:race', 0n, placed('race', i + 1))),
  );

  const lost = outcomes.filter(({ status }) => status === 'rejected');
  expect(lost).toHaveLength(9);
  for (const { reason } of lost as PromiseRejectedResult[])
    expect(isPlatformError(reason, 'EVENTS_CONFLICT')).toBe(true);
  expect(await store.read(db.database, { stream: 'order:race' })).toHaveLength(1);
});

test.each([
  ['behind the end', 5n],
  ['before the end', 0n],
])('an append %s of a stream with 1 event is refused and writes nothing', async (_, expectedVersion) => {
  const stream = `order:at-${expectedVersion}`;
  await append(stream, 0n, placed('x'));

  const late = append(stream, expectedVersion, placed('x'), placed('x'));
  await expect(late).rejects.toSatisfy((error) => isPlatformError(error, 'EVENTS_CONFLICT'));
  expect(await store.read(db.database, { stream })).toHaveLength(1);
});

test('a message that was not declared is refused', async () => {
  const unknown = append('order:b', 0n, tell(OrderCancelledSchema, { orderId: 'b' }));
  await expect(unknown).rejects.toSatisfy((error) => isPlatformError(error, 'EVENT_INVALID'));
});

test('an aggregate of 25 events is loaded from its snapshot afterwards, and from the beginning for another shape', async () => {
  const stream = 'order:long';
  for (let version = 0n; version < 25n; version++) await append(stream, version, placed('long'));

  itemCounter.applied = 0;
  expect(await store.load(db.database, { aggregate: itemCounter, stream })).toEqual({
    state: { items: 25 },
    version: 25n,
  });
  expect(itemCounter.applied).toBe(25);
  await append(stream, 25n, placed('long'));
  itemCounter.applied = 0;
  expect(await store.load(db.database, { aggregate: itemCounter, stream })).toEqual({
    state: { items: 26 },
    version: 26n,
  });
  expect(itemCounter.applied).toBe(1);
  const other = { ...itemCounter, shape: 'items/2' };
  itemCounter.applied = 0;
  expect(await store.load(db.database, { aggregate: other, stream })).toEqual({ state: { items: 26 }, version: 26n });
  expect(itemCounter.applied).toBe(26);
});

test('a stream without events is the initial state at version 0', async () => {
  const loaded = await store.load(db.database, { aggregate: itemCounter, stream: 'order:none' });
  expect(loaded).toEqual({ state: { items: 0 }, version: 0n });
});

test('an event of a message that is no longer written is read, folded and found by its type as the new one', async () => {
  await append('order:old', 0n, placed('old', 7));
  const newer = createEventStore({
    events: [OrderConfirmedSchema],
    upcasts: [
      upcast(OrderPlacedSchema, OrderConfirmedSchema, ({ orderId, itemCount }) => ({
        orderId,
        paymentId: `${itemCount}`,
      })),
    ],
  });

  const types = [OrderConfirmedSchema.typeName];
  const [event] = await newer.read(db.database, { stream: 'order:old', types });
  expect(readEvent(OrderConfirmedSchema, event!)).toMatchObject({ orderId: 'old', paymentId: '7' });
  const aggregate = {
    shape: 'types/1',
    initial: [] as string[],
    apply: (state: string[], { type }: StreamEvent) => [...state, type],
  };
  expect((await newer.load(db.database, { aggregate, stream: 'order:old' })).state).toEqual(types);
  expect(await store.read(db.database, { stream: 'order:old', types })).toEqual([]);
});

test('upcasts that run in a circle are refused', () => {
  const to = upcast(OrderPlacedSchema, OrderConfirmedSchema, ({ orderId }) => ({ orderId }));
  const back = upcast(OrderConfirmedSchema, OrderPlacedSchema, ({ orderId }) => ({ orderId }));
  expect(() => createEventStore({ events: [OrderPlacedSchema], upcasts: [to, back] })).toThrow('without a circle');
});
