import { OrderPlacedSchema } from '@mainstay/contracts/orders/v1/events';
import { withFault } from '@mainstay/testing';
import { describe, expect, test } from 'vitest';
import { type ConsumerOptions, onEvent, onEvents, readCursor, rewindConsumer, startConsumer } from '../src/index.ts';
import { effects, leasesAt, place, publishWaiting, until } from './harness.ts';
import { overEachBus } from './over-each-bus.ts';

const handlers = {
  each: onEvent(OrderPlacedSchema, async ({ orderId }, { tx }) => {
    await tx.query('insert into effects (what) values ($1)', [orderId]);
  }),
  'many at once': onEvents(OrderPlacedSchema, async (orders, { tx }) => {
    await tx.query('insert into effects (what) select * from unnest($1::text[])', [
      orders.map(({ orderId }) => orderId),
    ]);
  }),
};

overEachBus((world) => {
  describe.each(['each', 'many at once'] as const)('with a handler of %s', (takes) => {
    const consumerAt = (epoch: number, options: Partial<ConsumerOptions> = {}) =>
      startConsumer({
        name: 'notes',
        sources: ['orders'],
        handlers: [handlers[takes]],
        database: world.service.database,
        bus: world.bus,
        leases: leasesAt(epoch),
        pollIntervalMs: 60_000,
        ...options,
      });

    const handled = (count: number) => until(`${count} effects`, async () => (await effects(world)).length >= count);
    const ids = (count: number) => Array.from({ length: count }, (_, i) => `order-${i}`);

    test('250 events in batches of 100 have their effects once and in order', async () => {
      await place(world, ...ids(250));
      await publishWaiting(world);

      await using _consumer = consumerAt(1, { batchSize: 100 });
      await handled(250);
      expect(await effects(world)).toEqual(ids(250));
    });

    test('an event that arrives while the consumer rests wakes it, although its poll is a minute away', async () => {
      await using _consumer = consumerAt(1);
      await until(
        'the cursor',
        async () => (await readCursor(world.service.database, { consumer: 'notes', source: 'orders' })) === 0n,
      );
      await place(world, 'late');
      await publishWaiting(world);

      await handled(1);
    });

    test('a consumer that is cut off before its commit has no effect, and the next one has each once', async () => {
      await place(world, 'a', 'b');
      await publishWaiting(world);
      {
        using fault = withFault('consumer.before-commit', {
          run: () => {
            throw new TypeError('cut off');
          },
        });
        await using _dying = consumerAt(1);
        await fault.reached;
      }
      expect(await effects(world)).toEqual([]);

      await using _next = consumerAt(2);
      await handled(2);
      expect(await effects(world)).toEqual(['a', 'b']);
    });

    test('a consumer that was taken over while it worked writes nothing', async () => {
      await place(world, 'a');
      await publishWaiting(world);
      using fault = withFault('consumer.before-commit');
      const opened = withFault('consumer.before-batch');
      {
        using _opened = opened;
        await using slept = consumerAt(1);
        await opened.reached;
        await using _next = consumerAt(2);
        await until('the takeover', async () => {
          const { rows } = await world.service.database.query<{ epoch: bigint }>('select epoch from inbox_cursors');
          return rows[0]?.epoch === 2n;
        });
        opened.release();
        await fault.reached;
        fault.release();
        await handled(1);
        await slept[Symbol.asyncDispose]();
      }
      expect(await effects(world)).toEqual(['a']);
    });

    test('events of a type without a handler are passed over, and a new consumer may begin with the next event', async () => {
      await place(world, 'old');
      await publishWaiting(world);
      await using _other = consumerAt(1, { name: 'deaf', handlers: [] });
      await using _late = consumerAt(1, { name: 'late', from: 'next' });
      const at = (consumer: string) => readCursor(world.service.database, { consumer, source: 'orders' });
      await until('both cursors', async () => (await at('deaf')) === 1n && (await at('late')) === 1n);

      await place(world, 'new');
      await publishWaiting(world);
      await handled(1);
      expect(await effects(world)).toEqual(['new']);
    });

    test('the same event under another position, as a bus that delivers twice would give it, has one effect', async () => {
      await place(world, 'a');
      await publishWaiting(world);
      const [first] = await world.bus.read({ source: 'orders', after: 0n, limit: 1 });
      const twice = { ...world.bus, read: async () => [first!, { ...first!, position: 2n }] };
      let reads = 0;
      const bus = { ...twice, read: async () => (reads++ === 0 ? twice.read() : []) };

      await using _consumer = consumerAt(1, { bus });
      await until(
        'position 2',
        async () => (await readCursor(world.service.database, { consumer: 'notes', source: 'orders' })) === 2n,
      );
      expect(await effects(world)).toEqual(['a']);
    });

    test('a consumer rewound to position 1 handles events 2 and 3 again, and the history says who did it and why', async () => {
      await place(world, 'a', 'b', 'c');
      await publishWaiting(world);
      {
        await using _consumer = consumerAt(1);
        await handled(3);
      }

      const rewind = { consumer: 'notes', source: 'orders', position: 1n, actor: 'ada', why: 'tables were built anew' };
      await rewindConsumer(world.service.database, rewind);
      await using _again = consumerAt(2);
      await handled(5);
      expect(await effects(world)).toEqual(['a', 'b', 'c', 'b', 'c']);
      const { rows } = await world.service.database.query('select actor, action, why, position from inbox_actions');
      expect(rows).toEqual([{ actor: 'ada', action: 'rewind', why: 'tables were built anew', position: 1n }]);
    });
  });
});
