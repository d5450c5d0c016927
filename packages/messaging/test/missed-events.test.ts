import { OrderPlacedSchema } from '@mainstay/contracts/orders/v1/events';
import { type Logger, toPlatformError } from '@mainstay/kernel';
import { FakeClock } from '@mainstay/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { listMissedEvents, onEvent, purgeBus, readCursor, rewindConsumer, startConsumer } from '../src/index.ts';
import {
  effects,
  empty,
  leasesAt,
  type PostgresSurroundings,
  place,
  publishWaiting,
  surroundings,
  until,
} from './harness.ts';

let world: PostgresSurroundings;
beforeAll(async () => {
  world = await surroundings();
});
beforeEach(() => empty(world));
afterAll(() => world[Symbol.asyncDispose]());

const key = { consumer: 'notes', source: 'orders' };
const day = 86_400_000;

/** Starts the consumer; `errors` are the messages that it logs as errors. */
function consumer(clock: FakeClock) {
  const errors: string[] = [];
  const logger: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (_message, fields) => void errors.push(toPlatformError(fields?.error).message),
    child: () => logger,
  };
  const running = startConsumer({
    name: 'notes',
    sources: ['orders'],
    handlers: [
      onEvent(OrderPlacedSchema, async ({ orderId }, { tx }) => {
        await tx.query('insert into effects (what) values ($1)', [orderId]);
      }),
    ],
    database: world.service.database,
    bus: world.bus,
    leases: leasesAt(1),
    clock,
    logger,
  });
  return { errors, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
}

const at = () => readCursor(world.service.database, key);

/** The bus after so many days, each of its events older by that much. */
async function pass(days: number): Promise<void> {
  await world.busDatabase.database.query("update bus_events set published_at = published_at - $1 * interval '1 day'", [
    days,
  ]);
  await purgeBus(world.busDatabase.database, { keptMs: 90 * day });
}

test.each([
  { told: 'nothing', later: [], next: 4n },
  { told: 'one event', later: ['late'], next: 4n },
])(
  'a consumer that was away for 91 days of which the bus keeps 90, and $told was told since, stands still, says what it missed, and goes on when it is sent on',
  async ({ later, next }) => {
    const clock = new FakeClock();
    await place(world, 'seen');
    await publishWaiting(world);
    {
      await using _before = consumer(clock);
      await until('the first effect', async () => (await at()) === 1n);
    }
    await place(world, 'lost-1', 'lost-2');
    await publishWaiting(world);
    await pass(91);
    for (const orderId of later) {
      await place(world, orderId);
      await publishWaiting(world);
    }

    const back = consumer(clock);
    await using _back = back;
    await until('the error', async () => back.errors.length > 0);
    expect(back.errors[0]).toContain('removed 2 events of orders behind position 1');
    expect(back.errors[0]).toContain(`"mainstay events replay notes --source orders --after ${next - 1n}"`);
    expect([await at(), await effects(world)]).toEqual([1n, ['seen']]);
    const found = await listMissedEvents(world.service.database, 10);
    expect(found).toMatchObject([
      { ...key, position: 1n, next, command: expect.stringMatching(`--after ${next - 1n}$`) },
    ]);
    await until('the error again', async () => {
      await clock.advance(1_000);
      return back.errors.length > 1;
    });
    expect(await listMissedEvents(world.service.database, 10)).toEqual(found);

    const why = 'what they meant was filled in by hand';
    await rewindConsumer(world.service.database, { ...key, position: next - 1n, actor: 'ada', why });
    expect(await listMissedEvents(world.service.database, 10)).toEqual([]);
    await place(world, 'new');
    await publishWaiting(world);
    await until('the last effect', async () => {
      await clock.advance(1_000);
      return (await effects(world)).includes('new');
    });
    expect(await effects(world)).toEqual(['seen', ...later, 'new']);
  },
);
