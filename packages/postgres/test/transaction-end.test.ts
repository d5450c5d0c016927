import { silentLogger } from '@mainstay/kernel';
import { currentContext, type OpenTransaction } from '@mainstay/kernel/context';
import { type Database, openDatabase } from '@mainstay/postgres';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { FakeClock } from '@mainstay/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { add, bodies, failureOf } from './notes.ts';

let db: TestDatabase;
let database: Database;
beforeAll(async () => {
  db = await testDatabase({ migrations: [new URL('fixtures/first/', import.meta.url)] });
  database = db.database;
});
afterAll(() => db[Symbol.asyncDispose]());
beforeEach(() => database.query('TRUNCATE notes'));

/** A transaction that notes which of its hooks ran. */
async function hooksOf(run: (onCommit: (name: string) => void) => Promise<void>, order: string[] = []) {
  const failure = await failureOf(
    database.transaction(async (tx) => {
      tx.afterCommit(() => void order.push('commit'));
      tx.afterRollback(() => void order.push('rollback'));
      await run((name) => tx.afterCommit(() => void order.push(name)));
    }),
  );
  return { order, failure };
}

test('hooks run after the commit or the roll-back, in order, before the caller goes on', async () => {
  expect((await hooksOf(async (onCommit) => onCommit('second'))).order).toEqual(['commit', 'second']);
  const failed = await hooksOf(async () => {
    throw new Error('no');
  });
  expect(failed.order).toEqual(['rollback']);

  let seen: readonly string[] = [];
  await database.transaction(async (tx) => {
    await add(tx, 'a');
    tx.afterCommit(async () => {
      seen = await bodies(database);
    });
  });
  expect(seen).toEqual(['a']);
});

test('hooks run outside of the transaction, and one that fails is logged and changes nothing', async () => {
  const lines: string[] = [];
  const logger = { ...silentLogger, error: (message: string) => void lines.push(message) };
  await using logged = await openDatabase({ url: db.url, name: 'logged', logger });
  const seen: unknown[] = [];

  const result = await logged.transaction({ name: 'with-hooks' }, async (tx) => {
    tx.afterCommit(() => {
      throw new Error('hook');
    });
    tx.afterCommit(() => void seen.push(currentContext()?.transaction));
    await add(tx, 'a');
    return 'done';
  });
  expect({ result, seen, lines }).toEqual({
    result: 'done',
    seen: [undefined],
    lines: ['a hook of a transaction failed'],
  });
  expect(await bodies(database)).toEqual(['a']);
});

test('hooks of a savepoint wait for the end of the whole: those for commit only when both were committed', async () => {
  const order: string[] = [];
  const nested = (name: string, fails: boolean) =>
    failureOf(
      database.transaction({ propagation: 'nested' }, async (tx) => {
        tx.afterCommit(() => void order.push(`${name} committed`));
        tx.afterRollback(() => void order.push(`${name} rolled back`));
        if (fails) throw new Error(name);
      }),
    );
  await database.transaction(async (tx) => {
    await nested('a', false);
    await nested('b', true);
    expect(order).toEqual([]);
    tx.afterCommit(() => void order.push('whole'));
  });
  expect(order).toEqual(['a committed', 'b rolled back', 'whole']);

  order.length = 0;
  await hooksOf(async () => {
    await nested('c', false);
    throw new Error('whole');
  }, order);
  expect(order).toEqual(['rollback', 'c rolled back']);
});

test('when the connection breaks during the commit no hook runs, because nobody knows what happened', async () => {
  await database.query(`
    CREATE OR REPLACE FUNCTION cut_off() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
    CREATE CONSTRAINT TRIGGER cut_off AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW WHEN (NEW.body = 'cut off') EXECUTE FUNCTION cut_off()`);
  const { order, failure } = await hooksOf(async () => {
    await database.transaction((tx) => add(tx, 'cut off'));
  });
  expect(failure).toMatchObject({ reason: 'DATABASE_UNAVAILABLE', executed: 'maybe' });
  expect(order).toEqual([]);
});

test('a transaction of 100 ms is ended by the server while a statement runs, and its row locks are free', async () => {
  await add(database, 'a');
  const slow = database.transaction({ name: 'slow', timeoutMs: 100 }, async (tx) => {
    await tx.query('SELECT FROM notes FOR UPDATE');
    await tx.query('SELECT pg_sleep(5)');
  });
  expect(await failureOf(slow)).toMatchObject({ reason: 'DATABASE_STATEMENT_TIMEOUT', executed: 'no' });
  await database.transaction({ timeoutMs: 5_000 }, (tx) => tx.query('SELECT FROM notes FOR UPDATE NOWAIT'));
});

test('a transaction whose function waits for something else than the database ends after its 2 s, and its connection is closed', async () => {
  const clock = new FakeClock();
  await using timed = await openDatabase({ url: db.url, name: 'timed', clock, maxConnections: 1 });
  const begun = Promise.withResolvers<void>();
  const stuck = failureOf(
    timed.transaction({ name: 'stuck', timeoutMs: 2_000 }, async (tx) => {
      await add(tx, 'a');
      begun.resolve();
      await new Promise(() => undefined);
    }),
  );
  await begun.promise;
  await clock.advance(1_999);
  expect(timed.stats()).toMatchObject({ total: 1, idle: 0 });
  await clock.advance(1);

  const failure = await stuck;
  expect(failure).toMatchObject({ reason: 'DATABASE_STATEMENT_TIMEOUT' });
  expect(String(failure)).toContain('transaction stuck took longer than 2000 ms');
  expect((await timed.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  expect(await bodies(database)).toEqual([]);
});

test('a remote call is refused while a transaction is open, and says which; afterwards and in hooks it is not', async () => {
  const call = () => currentContext()?.transaction?.beforeRemoteCall('shop.products.v1.ProductsService/GetProduct');
  let ended: OpenTransaction | undefined;
  const calling = database.transaction({ name: 'place-order' }, async (tx) => {
    tx.afterCommit(call);
    ended = currentContext()?.transaction;
    await database.transaction({ propagation: 'nested' }, async () => call());
  });

  const failure = await failureOf(calling);
  expect(failure).toMatchObject({ reason: 'REMOTE_CALL_IN_TRANSACTION', executed: 'no' });
  expect(String(failure)).toContain('ProductsService/GetProduct was called inside transaction savepoint');
  expect(() => ended?.beforeRemoteCall('a/B')).not.toThrow();
  await database.transaction(async (tx) => tx.afterCommit(call));
});

test('a database that only warns of remote calls lets them pass with a log line', async () => {
  const lines: unknown[] = [];
  const logger = {
    ...silentLogger,
    warn: (message: string, fields?: object) => void lines.push({ message, ...fields }),
  };
  await using lenient = await openDatabase({ url: db.url, name: 'lenient', logger, remoteCalls: 'warn' });
  await lenient.transaction({ name: 'place-order' }, async () =>
    currentContext()?.transaction?.beforeRemoteCall('a/B'),
  );
  expect(lines).toEqual([{ message: 'remote call inside a transaction', transaction: 'place-order', call: 'a/B' }]);
});
