import { OrderPlacedSchema } from '@mainstay/contracts/orders/v1/events';
import { FakeClock } from '@mainstay/testing';
import { expect, test } from 'vitest';
import { onEvent, startConsumer } from '../src/index.ts';
import { leasesAt, type PostgresSurroundings, place, publishWaiting, surroundings, until } from './harness.ts';

/** Puts an event on the bus and comes back once listeners have been told. */
async function publishHeard(world: PostgresSurroundings, orderId: string): Promise<void> {
  await place(world, orderId);
  const { promise, resolve } = Promise.withResolvers<void>();
  const forget = world.bus.onArrival('orders', resolve);
  await publishWaiting(world);
  await promise;
  forget();
}

test('a consumer without events looks at once and when it can hear of some, then rests for the whole 60 s of its poll; an event wakes it', async () => {
  await using world = await surroundings();
  const clock = new FakeClock();
  let reads = 0;
  const counting = {
    ...world.bus,
    read: (query: Parameters<typeof world.bus.read>[0]) => {
      reads += 1;
      return world.bus.read(query);
    },
  };
  await using _consumer = startConsumer({
    name: 'notes',
    sources: ['orders'],
    handlers: [onEvent(OrderPlacedSchema, async () => undefined)],
    database: world.service.database,
    bus: counting,
    leases: leasesAt(1),
    pollIntervalMs: 60_000,
    clock,
  });
  const rests = () => until('the rest', async () => clock.pendingCount === 1);
  await until('the look once it hears', async () => reads === 2);
  await rests();

  await clock.advance(59_000);
  expect([reads, clock.pendingCount]).toEqual([2, 1]);

  await place(world, 'late');
  await publishWaiting(world);
  await until('the look at the event', async () => reads === 3);
  await rests();

  await clock.advance(1_000);
  await until('the look at the end of the poll', async () => reads === 4);
});

test.each(['reads', 'handles the one before'] as const)(
  'an event that arrives while a consumer %s is handled without a wait for the poll of 60 s',
  async (step) => {
    await using world = await surroundings();
    const inStep = Promise.withResolvers<void>();
    const told = Promise.withResolvers<void>();
    const during = async (reached: typeof step): Promise<void> => {
      if (reached !== step) return;
      inStep.resolve();
      await told.promise;
    };
    const handled: string[] = [];
    const listening = Promise.withResolvers<void>();
    world.bus.onArrival('orders', listening.resolve);
    await listening.promise;
    await publishHeard(world, 'early');
    await using _consumer = startConsumer({
      name: 'notes',
      sources: ['orders'],
      handlers: [
        onEvent(OrderPlacedSchema, async ({ orderId }) => {
          await during('handles the one before');
          handled.push(orderId);
        }),
      ],
      database: world.service.database,
      bus: {
        ...world.bus,
        async read(query) {
          const events = await world.bus.read(query);
          await during('reads');
          return events;
        },
      },
      leases: leasesAt(1),
      pollIntervalMs: 60_000,
      clock: new FakeClock(),
    });
    await inStep.promise;

    await publishHeard(world, 'late');
    told.resolve();
    await until('both are handled', async () => handled.length === 2);
    expect(handled).toEqual(['early', 'late']);
  },
);
