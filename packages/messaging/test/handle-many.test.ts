import { OrderCancelledSchema, OrderPlacedSchema } from '@mainstay/contracts/orders/v1/events';
import { expect, test } from 'vitest';
import {
  type ConsumerOptions,
  type EventDraft,
  type EventHandler,
  listDeadLetters,
  onEvent,
  onEvents,
  startConsumer,
  tell,
} from '../src/index.ts';
import { effects, leasesAt, publishWaiting, until } from './harness.ts';
import { overEachBus } from './over-each-bus.ts';

overEachBus((world) => {
  const write = async (...events: readonly EventDraft[]): Promise<void> => {
    await world.service.database.transaction((tx) => world.outbox.append(tx, events));
    await publishWaiting(world);
  };
  const placed = (orderId: string, itemCount = 1) => tell(OrderPlacedSchema, { orderId, itemCount });
  const handled = (count: number) => until(`${count} effects`, async () => (await effects(world)).length >= count);

  const consumer = (handlers: readonly EventHandler[], options: Partial<ConsumerOptions> = {}) =>
    startConsumer({
      name: 'notes',
      sources: ['orders'],
      handlers,
      database: world.service.database,
      bus: world.bus,
      leases: leasesAt(1),
      pollIntervalMs: 20,
      retryDelayMs: 1,
      maxAttempts: 3,
      ...options,
    });

  /** Notes orders with one statement and fails, after it wrote, where one of them is bad; keeps how many it was given each time. */
  function noting(isBad: (orderId: string) => boolean = () => false) {
    const calls: number[] = [];
    const handler = onEvents(OrderPlacedSchema, async (orders, { tx }) => {
      calls.push(orders.length);
      const lines = orders.map(({ orderId, itemCount }) => `${orderId} ${itemCount}`);
      await tx.query('insert into effects (what) select * from unnest($1::text[])', [lines]);
      if (orders.some(({ orderId }) => isBad(orderId))) throw new TypeError('cannot digest it');
    });
    return { handler, calls };
  }

  test('250 events in batches of 100 are 3 calls, of 100, 100 and 50', async () => {
    const { handler, calls } = noting();
    await write(...Array.from({ length: 250 }, (_, i) => placed(`order-${i}`)));

    await using _consumer = consumer([handler], { batchSize: 100 });
    await handled(250);
    expect(calls).toEqual([100, 100, 50]);
  });

  test('an event joins those of its type, but overtakes none of its own order', async () => {
    const { handler, calls } = noting();
    const cancelled = onEvent(OrderCancelledSchema, async ({ orderId }, { tx }) => {
      await tx.query('insert into effects (what) values ($1)', [`${orderId} cancelled`]);
    });
    await write(placed('a'), tell(OrderCancelledSchema, { orderId: 'a' }), placed('b'), placed('a', 2));

    await using _consumer = consumer([handler, cancelled]);
    await handled(4);
    expect(await effects(world)).toEqual(['a 1', 'b 1', 'a cancelled', 'a 2']);
    expect(calls).toEqual([2, 1]);
  });

  test('one of 100 orders cannot be handled: the other 99 have their effects once, after 16 calls instead of 100', async () => {
    const { handler, calls } = noting((orderId) => orderId === 'bad');
    const good = Array.from({ length: 99 }, (_, i) => `order-${i}`);
    await write(...good.slice(0, 60).map((id) => placed(id)), placed('bad'), ...good.slice(60).map((id) => placed(id)));

    await using _consumer = consumer([handler], { maxAttempts: 1 });
    await handled(99);
    expect(await effects(world)).toEqual(good.map((id) => `${id} 1`));
    expect(calls.length).toBeLessThanOrEqual(16);
    expect(await listDeadLetters(world.service.database)).toMatchObject([{ subject: 'bad', attempts: 1 }]);
  });

  test('later events of an order that cannot be handled wait behind it, those of others do not', async () => {
    let isBroken = true;
    const { handler } = noting((orderId) => isBroken && orderId === 'slow');
    await write(placed('slow', 1), placed('other', 1), placed('slow', 2), placed('other', 2));

    await using _consumer = consumer([handler], { maxAttempts: 1_000, maxRetryDelayMs: 1 });
    await handled(2);
    expect(await effects(world)).toEqual(['other 1', 'other 2']);
    isBroken = false;
    await handled(4);
    expect(await effects(world)).toEqual(['other 1', 'other 2', 'slow 1', 'slow 2']);
  });
});
