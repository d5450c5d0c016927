import { isPlatformError, uuidv7 } from '@mainstay/kernel';
import { expect, test } from 'vitest';
import type { CloudEvent } from '../src/index.ts';
import { until } from './harness.ts';
import { overEachBus } from './over-each-bus.ts';

let made = 0;
function eventAt(time: Date, about: Partial<CloudEvent> = {}): CloudEvent {
  made += 1;
  return {
    id: uuidv7(),
    type: 'orders.v1.OrderPlaced',
    subject: `order-${made}`,
    time,
    traceparent: null,
    data: Uint8Array.of(made % 256),
    ...about,
  };
}

const now = new Date('2026-11-28T12:00:00.123Z');
const events = (count: number): readonly CloudEvent[] => Array.from({ length: count }, () => eventAt(now));

overEachBus((world) => {
  const publish = (told: readonly CloudEvent[], epoch = 1) =>
    world.bus.publish({ source: 'orders', epoch, events: told });
  const read = (after: bigint, limit = 1_000) => world.bus.read({ source: 'orders', after, limit });

  test('an event is read as it was published: id, type, subject of any characters, time to the millisecond, trace, data', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const told = [
      eventAt(now, { subject: 'grün 100 % "✓"', traceparent }),
      eventAt(now, { data: new Uint8Array(), subject: ' a:b/c ' }),
    ];
    await publish(told);

    const found = await read(0n);
    expect(found.map(({ data, ...rest }) => ({ ...rest, data: [...data] }))).toEqual(
      told.map(({ data, ...rest }, place) => ({
        ...rest,
        source: 'orders',
        position: BigInt(place + 1),
        data: [...data],
      })),
    );
  });

  test('a source that told nothing is empty, and its newest position 0', async () => {
    expect(await read(0n)).toEqual([]);
    expect(await world.bus.newest('orders')).toBe(0n);
    expect(await world.bus.positionBefore('orders', now)).toBe(0n);
  });

  test('600 events are read in batches of 250, each once, and those told meanwhile behind them', async () => {
    const told = events(600);
    expect(await publish(told)).toBe(600);
    const seen: bigint[] = [];
    for (const expected of [250, 250, 101, 0]) {
      const batch = await read(seen.at(-1) ?? 0n, 250);
      seen.push(...batch.map(({ position }) => position));
      expect(batch).toHaveLength(expected);
      if (seen.length === 250) await publish(events(1));
    }
    expect(seen).toEqual(Array.from({ length: 601 }, (_, i) => BigInt(i + 1)));
  });

  test('two readers of one source do not disturb each other, and may go back', async () => {
    await publish(events(4));
    const positions = async (after: bigint, limit: number) => (await read(after, limit)).map((one) => one.position);
    expect(await positions(0n, 2)).toEqual([1n, 2n]);
    expect(await positions(0n, 3)).toEqual([1n, 2n, 3n]);
    expect(await positions(2n, 2)).toEqual([3n, 4n]);
    expect(await positions(1n, 1)).toEqual([2n]);
    expect(await positions(4n, 2)).toEqual([]);
  });

  test('of 5 events of which 3 are there the 2 others are stored, behind them', async () => {
    const [a, b, c, d, e] = events(5);
    expect(await publish([b!, d!, e!])).toBe(3);
    expect(await publish([a!, b!, c!, d!, e!], 2)).toBe(2);
    expect((await read(0n)).map(({ id }) => id)).toEqual([b!, d!, e!, a!, c!].map(({ id }) => id));
  });

  test('two relays that publish the same 100 events at once store each once', async () => {
    const told = events(100);
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => publish(told)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(1);
    expect(await read(0n)).toHaveLength(100);
    expect(await world.bus.newest('orders')).toBe(100n);
  });

  test('once epoch 2 has published, epoch 1 stores nothing', async () => {
    await publish(events(1), 2);
    await expect(publish(events(1), 1)).rejects.toSatisfy((error) => isPlatformError(error, 'RELAY_SUPERSEDED'));
    expect(await read(0n)).toHaveLength(1);
  });

  test('sources have positions of their own', async () => {
    await publish(events(2));
    await world.bus.publish({ source: 'payments', epoch: 7, events: events(1) });
    expect(await world.bus.newest('payments')).toBe(1n);
    expect(await world.bus.newest('orders')).toBe(2n);
  });

  test('3 arrivals are told to whoever listens to their source, who is told to look when he begins at most besides', async () => {
    const heard = { orders: 0, payments: 0 };
    const stopOrders = world.bus.onArrival('orders', () => (heard.orders += 1));
    const stopOthers = world.bus.onArrival('payments', () => (heard.payments += 1));
    for (let arrival = 0; arrival < 3; arrival++) {
      const before = heard.orders;
      await publish(events(1));
      await until('the arrival', async () => heard.orders > before);
    }
    expect(heard.payments).toBeLessThanOrEqual(1);
    stopOrders();
    stopOthers();
  });

  test('the place of a time is in front of its first event, and behind the newest for a time to come', async () => {
    await publish([1, 2].map((hour) => eventAt(new Date(Date.UTC(2026, 0, 1, hour)))));
    expect(await world.bus.positionBefore('orders', new Date(0))).toBe(0n);
    expect(await world.bus.positionBefore('orders', new Date('2026-01-01T01:00:01Z'))).toBe(1n);
    expect(await world.bus.positionBefore('orders', new Date('2030-01-01T00:00:00Z'))).toBe(2n);
  });
});
