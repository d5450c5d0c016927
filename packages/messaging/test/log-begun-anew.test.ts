import { OrderPlacedSchema } from '@mainstay/contracts/orders/v1/events';
import { expect, test } from 'vitest';
import {
  type ConsumerOptions,
  listDeadLetters,
  onEvent,
  type Relay,
  replayDeadLetter,
  startConsumer,
  startRelay,
} from '../src/index.ts';
import { effects, leasesAt, onBus, place, until } from './harness.ts';
import { overEachBus } from './over-each-bus.ts';

overEachBus((world) => {
  const relayAt = (epoch: number, pollIntervalMs = 20): Relay =>
    startRelay({
      source: 'orders',
      database: world.service.database,
      bus: world.bus,
      leases: leasesAt(epoch),
      pollIntervalMs,
    });
  const consumerAt = (epoch: number, options: Partial<ConsumerOptions> = {}) =>
    startConsumer({
      name: 'notes',
      sources: ['orders'],
      handlers: [noting(() => false)],
      database: world.service.database,
      bus: world.bus,
      leases: leasesAt(epoch),
      pollIntervalMs: 20,
      maxAttempts: 1,
      ...options,
    });
  const noting = (isBad: (orderId: string) => boolean) =>
    onEvent(OrderPlacedSchema, async ({ orderId }, { tx }) => {
      if (isBad(orderId)) throw new TypeError('cannot digest it');
      await tx.query('insert into effects (what) values ($1)', [orderId]);
    });
  const told = (count: number) => until(`${count} on the bus`, async () => (await onBus(world)).length === count);
  const handled = (count: number) => until(`${count} effects`, async () => (await effects(world)).length >= count);

  test('a bus that lost its 3 events gets them again from the outbox, and a consumer that had 2 of them handles 1', async () => {
    {
      await using _relay = relayAt(1);
      await place(world, 'a', 'b');
      await using _consumer = consumerAt(1);
      await handled(2);
    }
    {
      await using _relay = relayAt(1);
      await place(world, 'c');
      await told(3);
    }
    await world.lose();

    await using _relay = relayAt(2);
    await told(3);
    expect(await onBus(world)).toEqual(['a', 'b', 'c']);
    await using _consumer = consumerAt(2);
    await handled(3);
    await place(world, 'd');
    await handled(4);
    expect(await effects(world)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('it is filled again under a relay and a consumer that run, and each event keeps its one effect', async () => {
    await using relay = relayAt(1);
    await using _consumer = consumerAt(1);
    await place(world, 'a', 'b', 'c');
    relay.wake();
    await handled(3);

    await world.lose();
    await place(world, 'd', 'e');
    await handled(5);
    await told(5);
    expect((await onBus(world)).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(await effects(world)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('a dead letter of the lost log stays one, beside the event that has its position now, and can be replayed', async () => {
    let isBroken = true;
    const handlers = [noting((orderId) => isBroken && orderId !== 'b')];
    await using relay = relayAt(1);
    await using _consumer = consumerAt(1, { handlers });
    await place(world, 'a');
    relay.wake();
    const letters = () => listDeadLetters(world.service.database);
    await until('a dead letter', async () => (await letters()).length === 1);
    await world.lose();
    await place(world, 'b', 'c');
    await until('another one', async () => (await letters()).length === 2);
    await handled(1);
    await until('the new log', async () => {
      const { rows } = await world.service.database.query<{ log: string }>('select log from inbox_cursors');
      return rows[0]?.log === (await world.bus.logOf('orders'));
    });

    isBroken = false;
    for (const { consumer, source, position } of await letters()) {
      await replayDeadLetter(world.service.database, { consumer, source, position, actor: 'ada', why: 'mended' });
    }
    await handled(3);
    expect((await effects(world)).toSorted()).toEqual(['a', 'b', 'c']);
  });
});
