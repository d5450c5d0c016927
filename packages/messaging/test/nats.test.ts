import { OrderPlacedSchema } from '@mainstay/contracts/orders/v1/events';
import { isPlatformError } from '@mainstay/kernel';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createNatsBus, type NatsLink, openNats } from '../src/bus/nats/index.ts';
import { onEvent, outboxBacklog, startConsumer, startRelay } from '../src/index.ts';
import { readWaiting } from '../src/outbox/outbox-store.ts';
import { hasNats, type NatsProcess, startNats, whySkipped } from '../src/testing/index.ts';
import { effects, emptyService, leasesAt, place, type Surroundings, surroundingsOf, until } from './harness.ts';

describe.skipIf(!hasNats)(`a NATS${whySkipped}`, () => {
  let nats: NatsProcess;
  let link: NatsLink;
  let world: Surroundings;
  let prefix = '';
  let tests = 0;
  beforeAll(async () => {
    nats = await startNats();
    link = await openNats({ url: nats.url, name: 'test' });
    world = await surroundingsOf(createNatsBus({ link }));
  });
  beforeEach(async () => {
    await emptyService(world);
    prefix = `test-${tests++}`;
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    await link[Symbol.asyncDispose]();
    await nats[Symbol.asyncDispose]();
  });

  const waiting = () => readWaiting(world.service.database, { after: 0n, limit: 1_000 });

  test('killed with SIGKILL twice while 500 events go through it, each has its effect once and in order', {
    timeout: 60_000,
  }, async () => {
    const bus = createNatsBus({ link, prefix });
    const shared = { database: world.service.database, bus, leases: leasesAt(1), pollIntervalMs: 20 };
    await using relay = startRelay({ source: 'orders', ...shared, batchSize: 20 });
    const handler = onEvent(OrderPlacedSchema, async ({ orderId }, { tx }) => {
      await tx.query('insert into effects (what) values ($1)', [orderId]);
    });
    await using _consumer = startConsumer({
      name: 'notes',
      sources: ['orders'],
      handlers: [handler],
      ...shared,
      batchSize: 20,
    });
    const ids = Array.from({ length: 500 }, (_, i) => `order-${i}`);
    for (let from = 0; from < 500; from += 250) {
      await place(world, ...ids.slice(from, from + 250));
      relay.wake();
      await until('some effects', async () => (await effects(world)).length > from + 20);
      await nats.kill();
      await nats.start();
    }

    await until('all effects', async () => (await effects(world)).length >= 500);
    expect(await effects(world)).toEqual(ids);
    expect(await bus.newest('orders')).toBe(500n);
    await until('the marks', async () => (await outboxBacklog(world.service.database)).waiting === 0);
  });

  test('what listens for arrivals is called once the connection is back, as it may have missed some', async () => {
    const heard: string[] = [];
    const bus = createNatsBus({ link, prefix });
    bus.onArrival('orders', () => heard.push('arrival'));
    await nats.kill();
    expect(heard).toEqual([]);

    await nats.start();
    await until('the call', async () => heard.length === 1);
  });

  test('a relay of another process with epoch 2 fences one with epoch 1 that had looked at the stream before', async () => {
    await place(world, 'a', 'b');
    const [a, b] = await waiting();
    await using other = await openNats({ url: nats.url, name: 'other' });
    const slept = createNatsBus({ link, prefix });
    const next = createNatsBus({ link: other, prefix });
    await slept.publish({ source: 'orders', epoch: 1, events: [a!] });
    expect(await next.publish({ source: 'orders', epoch: 2, events: [a!, b!] })).toBe(1);

    const late = slept.publish({ source: 'orders', epoch: 1, events: [b!] });
    await expect(late).rejects.toSatisfy((error) => isPlatformError(error, 'RELAY_SUPERSEDED'));
    expect(await next.newest('orders')).toBe(2n);
  });

  test('an event that only the server remembers, by its id, is not stored again', async () => {
    await place(world, 'a', 'b', 'c');
    const events = await waiting();
    await createNatsBus({ link, prefix }).publish({ source: 'orders', epoch: 1, events: events.slice(0, 2) });
    await link.jsm.streams.update(`${prefix}-events-orders`, { max_msgs: 1 });

    const next = createNatsBus({ link, prefix });
    expect(await next.publish({ source: 'orders', epoch: 1, events })).toBe(1);
    expect(await next.newest('orders')).toBe(3n);
  });

  test('anybody may subscribe to one type and gets CloudEvents in their binary mode', async () => {
    await place(world, 'größe');
    const heard = link.connection.subscribe(`${prefix}.events.*.orders.v1.OrderPlaced`, { max: 1 });
    const [event] = await waiting();
    await createNatsBus({ link, prefix }).publish({ source: 'orders', epoch: 1, events: [event!] });

    for await (const { headers, data } of heard) {
      const all = Object.fromEntries([...headers!].map(([name, values]) => [name, values.join()]));
      expect(all).toMatchObject({
        'content-type': 'application/protobuf',
        'ce-specversion': '1.0',
        'ce-id': event!.id,
        'ce-source': 'orders',
        'ce-type': 'orders.v1.OrderPlaced',
        'ce-subject': 'gr%C3%B6%C3%9Fe',
        'ce-time': event!.time.toISOString(),
      });
      expect([...data]).toEqual([...event!.data]);
    }
  });

  test('an address where none answers is BUS_UNAVAILABLE; one of another kind is refused without being shown', async () => {
    const nowhere = openNats({ url: 'nats://127.0.0.1:1', name: 'test' });
    await expect(nowhere).rejects.toSatisfy((error) => isPlatformError(error, 'BUS_UNAVAILABLE'));
    const wrong = openNats({ url: 'http://ada:secret@127.0.0.1', name: 'test' });
    await expect(wrong).rejects.toSatisfy((error) => error instanceof Error && !error.message.includes('secret'));
  });

  test('name and password, or a token, are taken from the address', async () => {
    for (const [options, login] of [
      [['--user', 'ada', '--pass', 'p@ss'], 'ada:p%40ss@'],
      [['--auth', 't0ken'], 't0ken@'],
    ] as const) {
      await using guarded = await startNats(...options);
      const url = guarded.url.replace('//', `//${login}`);
      await using own = await openNats({ url, name: 'test' });
      expect(await createNatsBus({ link: own, prefix }).newest('orders')).toBe(0n);
      const stranger = openNats({ url: guarded.url, name: 'test' });
      await expect(stranger).rejects.toSatisfy((error) => isPlatformError(error, 'BUS_UNAVAILABLE'));
    }
  });
});
