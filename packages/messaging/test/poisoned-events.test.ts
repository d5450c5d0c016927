import { OrderPlacedSchema } from '@mainstay/contracts/orders/v1/events';
import { isPlatformError } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import {
  type ConsumerOptions,
  discardDeadLetter,
  listDeadLetters,
  onEvent,
  replayDeadLetter,
  startConsumer,
  tell,
} from '../src/index.ts';
import { effects, leasesAt, place, publishWaiting, until } from './harness.ts';
import { overEachBus } from './over-each-bus.ts';

overEachBus((world) => {
  /** Fails for orders of which it is told to, after it wrote. */
  function failing(isBad: (orderId: string, count: number) => boolean) {
    const attempts: string[] = [];
    const handler = onEvent(OrderPlacedSchema, async ({ orderId, itemCount }, { tx }) => {
      attempts.push(orderId);
      await tx.query('insert into effects (what) values ($1)', [`${orderId} ${itemCount}`]);
      if (isBad(orderId, attempts.filter((id) => id === orderId).length)) throw new TypeError('cannot digest it');
    });
    return { handler, attempts };
  }

  const consumer = (handler: ReturnType<typeof onEvent>, options: Partial<ConsumerOptions> = {}) =>
    startConsumer({
      name: 'notes',
      sources: ['orders'],
      handlers: [handler],
      database: world.service.database,
      bus: world.bus,
      leases: leasesAt(1),
      pollIntervalMs: 20,
      retryDelayMs: 1,
      maxAttempts: 3,
      ...options,
    });

  const deadLetters = () => listDeadLetters(world.service.database);
  const died = (count: number) => until(`${count} dead letters`, async () => (await deadLetters()).length === count);

  test('one of 3 orders cannot be handled: after 3 attempts it is a dead letter, the other 2 had their effects meanwhile', async () => {
    const { handler } = failing((orderId) => orderId === 'bad');
    await place(world, 'first', 'bad', 'last');
    await publishWaiting(world);

    await using _consumer = consumer(handler);
    await died(1);
    expect(await effects(world)).toEqual(['first 1', 'last 1']);
    expect(await deadLetters()).toMatchObject([
      {
        consumer: 'notes',
        source: 'orders',
        position: 2n,
        subject: 'bad',
        attempts: 3,
        reason: 'INTERNAL',
        message: 'cannot digest it',
      },
    ]);
  });

  test('events behind one that fails wait for it when they are of its subject, and follow in order when it succeeds', async () => {
    const { handler } = failing((orderId, attempt) => orderId === 'slow' && attempt < 3);
    await world.service.database.transaction(async (tx) => {
      const events = [
        ['slow', 1],
        ['other', 1],
        ['slow', 2],
        ['slow', 3],
      ] as const;
      await world.outbox.append(
        tx,
        events.map(([orderId, itemCount]) => tell(OrderPlacedSchema, { orderId, itemCount })),
      );
    });
    await publishWaiting(world);

    await using _consumer = consumer(handler, { maxAttempts: 10 });
    await until('4 effects', async () => (await effects(world)).length === 4);
    expect(await effects(world)).toEqual(['other 1', 'slow 1', 'slow 2', 'slow 3']);
    expect(await deadLetters()).toEqual([]);
  });

  test('data that is no message of its type is a dead letter at once', async () => {
    await place(world, 'damaged');
    await world.service.database.query(`update outbox set data = '\\xff'`);
    await publishWaiting(world);
    const { handler, attempts } = failing(() => false);

    await using _consumer = consumer(handler);
    await died(1);
    expect(attempts).toEqual([]);
    expect(await deadLetters()).toMatchObject([{ reason: 'EVENT_UNREADABLE', attempts: 1 }]);
  });

  test('a replayed dead letter has its effect once the fault is mended; who replayed it and why is kept', async () => {
    let isBroken = true;
    const { handler } = failing(() => isBroken);
    await place(world, 'a');
    await publishWaiting(world);
    await using _consumer = consumer(handler);
    await died(1);

    isBroken = false;
    const action = { consumer: 'notes', source: 'orders', position: 1n, actor: 'ada', why: 'the fault is mended' };
    await replayDeadLetter(world.service.database, action);
    await until('the effect', async () => (await effects(world)).length === 1);
    expect(await deadLetters()).toEqual([]);
    const { rows } = await world.service.database.query('select actor, action, why, type from inbox_actions');
    expect(rows).toEqual([
      { actor: 'ada', action: 'replay', why: 'the fault is mended', type: 'orders.v1.OrderPlaced' },
    ]);
  });

  test('a discarded dead letter is gone; a second discard finds none, and one without a reason is refused', async () => {
    const { handler } = failing(() => true);
    await place(world, 'a');
    await publishWaiting(world);
    await using _consumer = consumer(handler);
    await died(1);

    const action = { consumer: 'notes', source: 'orders', position: 1n, actor: 'ada', why: 'a test order' };
    await expect(discardDeadLetter(world.service.database, { ...action, why: ' ' })).rejects.toThrow('not empty');
    await discardDeadLetter(world.service.database, action);
    const again = discardDeadLetter(world.service.database, action);
    await expect(again).rejects.toSatisfy((error) => isPlatformError(error, 'DEAD_LETTER_UNKNOWN'));
    expect(await effects(world)).toEqual([]);
  });
});
