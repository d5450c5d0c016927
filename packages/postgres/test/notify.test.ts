import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBell, startListener } from '../src/index.ts';
import { type TestDatabase, testDatabase } from '../src/testing/index.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());

/** Collects payloads and resolves when there are enough of them. */
function hearing(count: number) {
  const heard: (string | undefined)[] = [];
  const enough = Promise.withResolvers<void>();
  return {
    heard,
    enough: enough.promise,
    callback: (payload: string | undefined): void => {
      heard.push(payload);
      if (heard.length === count) enough.resolve();
    },
  };
}

test('callbacks are told when their channel begins to be listened to, then hear each ring of it and of no other', async () => {
  await using listener = startListener({ url: db.url, name: 'test' });
  const [first, second, other] = [hearing(2), hearing(2), hearing(1)];
  listener.on('orders', first.callback);
  listener.on('orders', second.callback);
  listener.on('payments', other.callback);
  await listener.ready();

  createBell(db.database, 'orders').ring('o1');
  await Promise.all([first.enough, second.enough]);
  expect([first.heard, second.heard, other.heard]).toEqual([[undefined, 'o1'], [undefined, 'o1'], [undefined]]);
});

test('a channel that is added while connected is heard, and not any more after it was given up', async () => {
  await using listener = startListener({ url: db.url, name: 'test' });
  await listener.ready();
  const late = hearing(2);
  const stop = listener.on('late', late.callback);
  await listener.ready();
  const bell = createBell(db.database, 'late');
  bell.ring('1');
  await late.enough;

  stop();
  const end = hearing(2);
  listener.on('end', end.callback);
  await listener.ready();
  bell.ring('2');
  await db.database.query(`select pg_notify('late', '3')`);
  createBell(db.database, 'end').ring('');
  await end.enough;
  expect(late.heard).toEqual([undefined, '1']);
});

test('100 rings in one turn are heard, each payload once', async () => {
  await using listener = startListener({ url: db.url, name: 'test' });
  const all = hearing(11);
  listener.on('burst', all.callback);
  await listener.ready();

  const bell = createBell(db.database, 'burst');
  for (let i = 0; i < 100; i++) bell.ring(String(i % 10));
  await all.enough;
  expect(new Set(all.heard)).toEqual(new Set([undefined, '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']));
});

test('a listener whose connection was cut tells every callback that it may have missed something, and hears again', async () => {
  await using listener = startListener({ url: db.url, name: 'cut-me' });
  const both = hearing(3);
  listener.on('orders', both.callback);
  await listener.ready();

  await db.database.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cut-me'`);
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (both.heard.length > 1) resolve();
      else setImmediate(look);
    };
    look();
  });
  createBell(db.database, 'orders').ring('after');
  await both.enough;
  expect(both.heard).toEqual([undefined, undefined, 'after']);
});

test('a channel that is no plain word is refused', async () => {
  await using listener = startListener({ url: db.url, name: 'test' });
  expect(() => listener.on('a; drop table x', () => undefined)).toThrow('listener.channel');
});
