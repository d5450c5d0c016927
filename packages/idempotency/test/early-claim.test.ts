import { connect, createServer, type Socket } from 'node:net';
import { createKeyedEffects } from '@mainstay/idempotency';
import { currentContext, currentEffectId } from '@mainstay/kernel/context';
import { openDatabase } from '@mainstay/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { answerOf, haveEffect, type Instance, type Lab, openLab, outage, refuse, request, work } from './lab.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab[Symbol.asyncDispose]());

const run = (instance: Instance, what: string, own: () => Promise<string>) =>
  answerOf(instance.effects.run(request(what), work(own)));
const place = (instance: Instance, what: string) => run(instance, what, () => haveEffect(instance, what));

/** Counts the trips to the server: what is sent before the answer comes is one. */
async function countTrips(url: string) {
  let trips = 0;
  const server = createServer((client) => {
    const target: Socket = connect(Number(new URL(url).port), '127.0.0.1');
    let isAnswered = true;
    client.on('data', (data) => {
      if (isAnswered) trips += 1;
      isAnswered = false;
      target.write(data);
    });
    target.on('data', (data) => {
      isAnswered = true;
      client.write(data);
    });
    for (const socket of [client, target]) socket.on('error', () => undefined);
    client.on('close', () => target.destroy());
    target.on('close', () => client.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address() as { port: number };
  return {
    url: Object.assign(new URL(url), { port: String(address.port) }).href,
    async of(call: () => Promise<unknown>): Promise<number> {
      trips = 0;
      await call();
      return trips;
    },
    [Symbol.asyncDispose]: () => new Promise<void>((closed) => server.close(() => closed())),
  };
}

test('a keyed write takes the 2 trips of the same write without a key, and a repetition 4', async () => {
  await using trips = await countTrips(lab.url);
  await using database = await openDatabase({ url: trips.url, name: 'trips', maxConnections: 1 });
  const instance = { database, effects: createKeyedEffects({ database }) };
  const insert = () =>
    database.transaction((tx) => tx.query(`INSERT INTO effects (id, what) VALUES (gen_random_uuid(), 'unkeyed')`));

  expect(await trips.of(insert)).toBe(2);
  expect(await trips.of(() => place(instance, 'trips'))).toBe(2);
  expect(await trips.of(() => place(instance, 'trips'))).toBe(4);
});

test('of a repetition nothing is run: not its first statement, nor those outside its transaction or on another database', async () => {
  await place(lab.first, 'repeated');
  await using other = await openDatabase({ url: lab.url, name: 'other' });
  const insert = `INSERT INTO effects (id, what) VALUES (gen_random_uuid(), 'repeated')`;
  const attempts: readonly (() => Promise<unknown>)[] = [
    () => lab.first.database.transaction((tx) => tx.query(insert)),
    () => lab.first.database.query(insert),
    () => lab.first.database.transaction({ propagation: 'requires_new' }, (tx) => tx.query(insert)),
    () => other.transaction((tx) => tx.query(insert)),
    () => other.query(insert),
    () => lab.first.database.transaction({ propagation: 'nested' }, (tx) => tx.query(insert)),
  ];
  for (const attempt of attempts) {
    let hasGoneOn = false;
    const repeated = run(lab.first, 'repeated', async () => {
      await attempt();
      hasGoneOn = true;
      return 'never';
    });
    expect(await repeated).toMatchObject({ replayed: true });
    expect(hasGoneOn).toBe(false);
  }
  expect(await lab.effectCount('repeated')).toBe(1);
});

test('work that hides the end of its first statement, does nothing, or fails before it gets the answer of then too', async () => {
  const first = await place(lab.first, 'hidden');
  const endings: readonly (() => Promise<string>)[] = [
    () => haveEffect(lab.second, 'hidden').catch(() => 'hidden'),
    async () => 'nothing',
    () => Promise.reject(refuse()),
    () => Promise.reject(refuse(outage)),
  ];
  for (const ending of endings) {
    expect(await run(lab.second, 'hidden', ending)).toEqual({ replayed: true, text: first.text });
  }
  expect(await lab.effectCount('hidden')).toBe(1);
});

test('work that does something else first has its key in hand from the next turn of the event loop on', async () => {
  const goOn = Promise.withResolvers<void>();
  const running = run(lab.first, 'elsewhere', async () => {
    await goOn.promise;
    return await haveEffect(lab.first, 'elsewhere');
  });
  const locks = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
  await expect.poll(async () => (await lab.second.database.query(locks)).rowCount).toBe(1);
  await expect(place(lab.second, 'elsewhere')).rejects.toMatchObject({ reason: 'IDEMPOTENCY_IN_PROGRESS' });
  goOn.resolve();
  expect(await running).toMatchObject({ replayed: false });
  expect(await place(lab.second, 'elsewhere')).toMatchObject({ replayed: true });
});

test('work that calls another service first, where that is only warned of, is run again after its claim, from then on at once', async () => {
  await using database = await openDatabase({ url: lab.url, name: 'warning', remoteCalls: 'warn' });
  const instance = { database, effects: createKeyedEffects({ database }) };
  const seen: string[] = [];
  const own = (what: string) => async () => {
    seen.push(`${what} begins`);
    currentContext()?.transaction?.beforeRemoteCall('stock.v1.Stock/Take');
    seen.push(`${what} calls`);
    return await haveEffect(instance, what);
  };
  for (const key of ['key-1', 'key-2', 'key-2']) {
    await answerOf(instance.effects.run(request('calling', { key }), work(own(key))));
  }
  expect(seen).toEqual(['key-1 begins', 'key-1 begins', 'key-1 calls', 'key-2 begins', 'key-2 calls']);
});

test('work that was refused such a call and went on with something else has no outcome but that of its second run', async () => {
  await using database = await openDatabase({ url: lab.url, name: 'warning', remoteCalls: 'warn' });
  const instance = { database, effects: createKeyedEffects({ database }) };
  const own = async () => {
    let text = 'asked';
    try {
      currentContext()?.transaction?.beforeRemoteCall('stock.v1.Stock/Take');
    } catch {
      text = 'guessed';
    }
    return `${text} for ${await haveEffect(instance, 'guessing')}`.slice(0, 5);
  };
  expect(await run(instance, 'guessing', own)).toEqual({ replayed: false, text: 'asked' });
  expect(await lab.effectCount('guessing')).toBe(1);
});

test('the effect has a name before the claim is certain, and it is that of the record', async () => {
  let named = '';
  await run(lab.first, 'named', async () => {
    named = currentEffectId();
    return await haveEffect(lab.first, 'named');
  });
  const { rows } = await lab.second.database.query(
    `SELECT effect_id::text AS id FROM idempotency_records WHERE scope = 'named:me'`,
  );
  expect(rows).toEqual([{ id: named }]);
});
