import { OrderDeliveredSchema, OrderPlacedSchema } from '@mainstay/contracts/orders/v1/events';
import { isPlatformError } from '@mainstay/kernel';
import { FakeClock, withFault } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { outboxBacklog, startRelay, tell } from '../src/index.ts';
import { readWaiting } from '../src/outbox/outbox-store.ts';
import { leasesAt, onBus, place, until } from './harness.ts';
import { overEachBus } from './over-each-bus.ts';

overEachBus((world) => {
  const relayAt = (epoch: number, batchSize = 500) =>
    startRelay({
      source: 'orders',
      database: world.service.database,
      bus: world.bus,
      leases: leasesAt(epoch),
      batchSize,
      pollIntervalMs: 60_000,
    });

  const relayed = (count: number) =>
    until(`${count} events on the bus`, async () => (await onBus(world)).length >= count);
  const allMarked = () => until('the marks', async () => (await outboxBacklog(world.service.database)).waiting === 0);

  test('events of a committed transaction are told in their order, those of one rolled back never', async () => {
    await place(world, 'a', 'b');
    await expect(
      world.service.database.transaction(async (tx) => {
        await world.outbox.append(tx, [tell(OrderPlacedSchema, { orderId: 'lost' })]);
        throw new TypeError('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    await place(world, 'c');

    await using _relay = relayAt(1);
    await relayed(3);
    expect(await onBus(world)).toEqual(['a', 'b', 'c']);
  });

  test('2,000 events of 40 concurrent transactions get positions 1 to 2,000 without a gap, each subject in its own order', async () => {
    const writers = Array.from({ length: 40 }, async (_, writer) => {
      for (let i = 0; i < 50; i++) await place(world, `${writer}:${i}`);
    });
    await using relay = relayAt(1, 100);
    const waking = setInterval(() => relay.wake(), 1);
    await Promise.all(writers);
    await relayed(2_000);
    clearInterval(waking);

    const events = await world.bus.read({ source: 'orders', after: 0n, limit: 5_000 });
    expect(events.map(({ position }) => position)).toEqual(Array.from({ length: 2_000 }, (_, i) => BigInt(i + 1)));
    for (let writer = 0; writer < 40; writer++) {
      const own = events.map(({ subject }) => subject).filter((subject) => subject.startsWith(`${writer}:`));
      expect(own).toEqual(Array.from({ length: 50 }, (_, i) => `${writer}:${i}`));
    }
  });

  test('an event written before another but committed after it is told after it, and a reader misses neither', async () => {
    const { database } = world.service;
    const early = Promise.withResolvers<void>();
    const slow = database.transaction(async (tx) => {
      await world.outbox.append(tx, [tell(OrderPlacedSchema, { orderId: 'slow' })]);
      await early.promise;
    });
    await until('the open transaction', async () => database.stats().total - database.stats().idle > 0);
    await place(world, 'quick');
    await using relay = relayAt(1);
    await relayed(1);
    const first = await world.bus.read({ source: 'orders', after: 0n, limit: 10 });

    early.resolve();
    await slow;
    relay.wake();
    await relayed(2);
    const later = await world.bus.read({ source: 'orders', after: first.at(-1)!.position, limit: 10 });
    expect([...first, ...later].map(({ subject, position }) => `${position} ${subject}`)).toEqual([
      '1 quick',
      '2 slow',
    ]);
  });

  test('an event that was written 5 polls before it was committed is told, and later ones that were told stay behind it', async () => {
    const { database } = world.service;
    const clock = new FakeClock();
    const written = Promise.withResolvers<void>();
    const early = Promise.withResolvers<void>();
    const slow = database.transaction(async (tx) => {
      await world.outbox.append(tx, [tell(OrderPlacedSchema, { orderId: 'slow' })]);
      written.resolve();
      await early.promise;
    });
    await written.promise;
    const shared = { source: 'orders', database, bus: world.bus, leases: leasesAt(1) };
    await using relay = startRelay({ ...shared, clock, pollIntervalMs: 1_000 });
    for (let poll = 1; poll <= 5; poll++) {
      await place(world, `quick-${poll}`);
      relay.wake();
      await relayed(poll);
      await until('the rest', async () => clock.pendingCount === 1);
      await clock.advance(1_000);
    }

    early.resolve();
    await slow;
    relay.wake();
    await relayed(6);
    await place(world, 'last');
    relay.wake();
    await relayed(7);
    expect(await onBus(world)).toEqual(['quick-1', 'quick-2', 'quick-3', 'quick-4', 'quick-5', 'slow', 'last']);
  });

  test('a relay that dies between bus and mark tells nothing twice: the bus has 3 events after 2 relays', async () => {
    await place(world, 'a', 'b', 'c');
    {
      await using _dying = relayAt(1);
      using fault = withFault('relay.after-publish', {
        run: () => {
          throw new TypeError('cut off');
        },
      });
      await fault.reached;
    }
    expect(await readWaiting(world.service.database, { after: 0n, limit: 10 })).toHaveLength(3);

    await using _next = relayAt(2);
    await allMarked();
    expect(await onBus(world)).toEqual(['a', 'b', 'c']);
  });

  test('an event committed while a relay publishes the one before is told without a wait for the poll of 60 s', async () => {
    await place(world, 'early');
    const committed = Promise.withResolvers<void>();
    using fault = withFault('relay.after-publish', { run: () => committed.promise });
    await using relay = relayAt(1);
    await fault.reached;

    await place(world, 'late');
    relay.wake();
    committed.resolve();
    await relayed(2);
    expect(await onBus(world)).toEqual(['early', 'late']);
  });

  test('a relay that slept through its lease is refused once a later epoch has published', async () => {
    await place(world, 'a');
    const events = await readWaiting(world.service.database, { after: 0n, limit: 10 });
    await using _relay = relayAt(2);
    await allMarked();

    const late = world.bus.publish({ source: 'orders', epoch: 1, events });
    await expect(late).rejects.toSatisfy((error) => isPlatformError(error, 'RELAY_SUPERSEDED'));
    expect(await onBus(world)).toEqual(['a']);
  });

  test('an event that was not declared is refused before anything is written', async () => {
    const append = world.service.database.transaction((tx) =>
      world.outbox.append(tx, [tell(OrderDeliveredSchema, { orderId: 'a' })]),
    );
    await expect(append).rejects.toSatisfy((error) => isPlatformError(error, 'EVENT_INVALID'));
  });

  test('an event without a subject is refused', async () => {
    await expect(place(world, '')).rejects.toThrow('subject of 0 characters');
  });
});
