import type { LogFields, Logger, Meter, SqlExecutor } from '@mainstay/kernel';
import { type DatabaseOptions, openDatabase } from '@mainstay/postgres';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { FakeClock } from '@mainstay/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

let db: TestDatabase;

beforeAll(async () => {
  db = await testDatabase();
});

afterAll(() => db[Symbol.asyncDispose]());

const open = (own: Partial<DatabaseOptions> = {}) => openDatabase({ url: db.url, name: 'pool-test', ...own });

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'it did not fail',
    (error: unknown) => error,
  );
}

function recordingLogger(): Logger & { readonly lines: (readonly [string, LogFields | undefined])[] } {
  const lines: (readonly [string, LogFields | undefined])[] = [];
  const add = (message: string, fields?: LogFields): void => void lines.push([message, fields]);
  const logger = { lines, debug: add, info: add, warn: add, error: add, child: () => logger };
  return logger;
}

test('a caller that gets no connection within 50 ms is refused, and served when one is free again', async () => {
  await using database = await open({ maxConnections: 1, acquireTimeoutMs: 50 });
  await database.transaction(async () => {
    expect(await failureOf(database.query('SELECT 1'))).toMatchObject({
      reason: 'POOL_EXHAUSTED',
      code: 'resource_exhausted',
      executed: 'no',
      retry: 'after',
    });
  });
  expect((await database.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});

test('100 callers share 3 connections', async () => {
  await using database = await open({ maxConnections: 3, acquireTimeoutMs: 10_000 });
  const work = Array.from({ length: 100 }, (_, n) =>
    database.transaction((tx) => tx.query('SELECT $1::int AS n', [n])),
  );
  expect(database.stats().waiting).toBeGreaterThan(90);
  await Promise.all(work);
  expect(database.stats()).toEqual({ total: 3, idle: 3, waiting: 0 });
});

test('a connection held for 10 s is logged with the name of its transaction, one given back before is not', async () => {
  const clock = new FakeClock();
  const logger = recordingLogger();
  await using database = await open({ clock, logger });
  await database.transaction({ name: 'short' }, () => clock.advance(9_999));
  await database.transaction({ name: 'long' }, () => clock.advance(10_000));
  await clock.advance(60_000);

  expect(logger.lines).toEqual([
    ['database connection held for long', { database: 'pool-test', holder: 'long', heldMs: 10_000 }],
  ]);
});

test('closing waits for a transaction that ends in time, and refuses new work at once', async () => {
  const database = await open();
  const goOn = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const work = database.transaction(async (tx) => {
    begun.resolve();
    await goOn.promise;
    return (await tx.query('SELECT 1 AS one')).rows;
  });
  await begun.promise;
  const closed = database[Symbol.asyncDispose]();
  expect(await failureOf(database.query('SELECT 1'))).toMatchObject({ reason: 'DATABASE_CLOSED', executed: 'no' });
  goOn.resolve();

  expect(await work).toEqual([{ one: 1 }]);
  await closed;
  await database[Symbol.asyncDispose]();
});

test('closing cuts a transaction that is not over after 5 s, and says so', async () => {
  const clock = new FakeClock();
  const logger = recordingLogger();
  const database = await open({ clock, logger });
  const begun = Promise.withResolvers<void>();
  const work = failureOf(
    database.transaction(async (tx) => {
      begun.resolve();
      await tx.query('SELECT pg_sleep(60)');
    }),
  );
  await begun.promise;
  const closed = database[Symbol.asyncDispose]();
  await clock.advance(5_000);

  expect(await work).toMatchObject({ reason: 'DATABASE_UNAVAILABLE', executed: 'no' });
  await closed;
  expect(logger.lines).toEqual([['database connections cut at close', { database: 'pool-test', count: 1 }]]);
});

test('a server that stands still is given up after statement time-out and margin, and the connection with it', async () => {
  await using database = await open({ statementTimeoutMs: 50, answerMarginMs: 50, maxConnections: 1 });
  const pidOf = async (executor: SqlExecutor): Promise<number> =>
    (await executor.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid ?? 0;
  const pid = await pidOf(database);
  const stopAndRun = database.transaction(async (tx) => {
    await tx.query('SELECT 1');
    process.kill(pid, 'SIGSTOP');
    await tx.query('SELECT 2');
  });
  try {
    expect(await failureOf(stopAndRun)).toMatchObject({ reason: 'DATABASE_STATEMENT_TIMEOUT', executed: 'no' });
    expect(await pidOf(database)).not.toBe(pid);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
});

test('a transaction begins on a new connection when the idle one it was given has died', async () => {
  await using database = await open({ statementTimeoutMs: 50, answerMarginMs: 50, maxConnections: 1 });
  const { rows } = await database.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const pid = rows[0]?.pid ?? 0;
  process.kill(pid, 'SIGSTOP');
  try {
    const result = await database.transaction((tx) => tx.query('SELECT 1 AS one'));
    expect(result.rows).toEqual([{ one: 1 }]);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
});

test('ping ends with the reason of its signal', async () => {
  await using database = await open({ maxConnections: 1 });
  await database.ping();
  await database.transaction(async () => {
    const controller = new AbortController();
    const pinged = failureOf(database.ping(controller.signal));
    controller.abort(new Error('readiness time-out'));
    expect(await pinged).toEqual(new Error('readiness time-out'));
  });
  await database.ping(new AbortController().signal);
});

test('the server shows the name of the pool', async () => {
  await using database = await open({ name: 'orders' });
  const { rows } = await database.query(`SELECT current_setting('application_name') AS name`);
  expect(rows).toEqual([{ name: 'orders' }]);
});

test('metrics tell used and idle connections, waits, and how transactions ended', async () => {
  const seen = new Map<string, unknown[]>();
  const record = (name: string) => (value: number, labels?: object) => {
    seen.set(name, [...(seen.get(name) ?? []), { value, ...labels }]);
  };
  const meter: Meter = {
    counter: ({ name }) => ({ add: record(name) }),
    gauge: ({ name }) => ({ set: record(name) }),
    histogram: ({ name }) => ({ record: record(name) }),
  };
  await using database = await open({ meter, clock: new FakeClock() });
  await database.transaction({ name: 'good' }, async () => undefined);
  await failureOf(database.transaction({ name: 'bad' }, (tx) => tx.query('SELECT wrong')));

  expect(seen.get('mainstay.postgres.transaction.duration')).toEqual([
    { value: 0, pool: 'pool-test', transaction: 'good', outcome: 'commit' },
    { value: 0, pool: 'pool-test', transaction: 'bad', outcome: 'DATABASE_STATEMENT_INVALID' },
  ]);
  expect(seen.get('db.client.connection.count')?.slice(-2)).toEqual([
    { value: 1, pool: 'pool-test', state: 'idle' },
    { value: 0, pool: 'pool-test', state: 'used' },
  ]);
  expect(seen.get('db.client.connection.wait_time')).toHaveLength(3);
});

test('opening fails at once for a server that is not there, a wrong password and an unknown database', async () => {
  const url = new URL(db.url);
  const at = (change: Partial<URL>) => failureOf(open({ url: Object.assign(new URL(url), change).toString() }));

  expect(await at({ port: '1' })).toMatchObject({ reason: 'DATABASE_UNAVAILABLE', executed: 'no' });
  expect(await at({ password: 'wrong' })).toMatchObject({ reason: 'DATABASE_ACCESS_DENIED' });
  expect(await at({ pathname: '/nowhere' })).toMatchObject({ reason: 'DATABASE_ACCESS_DENIED' });
});

test.each([
  { maxConnections: 0 },
  { acquireTimeoutMs: 0 },
  { statementTimeoutMs: -1 },
  { statementTimeoutMs: 1.5 },
  { url: 'http://localhost' },
  { url: 'postgres://:secret-word@' },
])('the options %o are refused, and the message holds no password', async (own) => {
  const error = await failureOf(open(own));
  expect(error).toMatchObject({ reason: 'OPTION_INVALID' });
  expect(String(error)).not.toContain('secret-word');
});

test('a statement that is prepared by name is planned once for each connection, in a transaction too', async () => {
  await using database = await open({ maxConnections: 1 });
  const run = (sql: Pick<typeof database, 'query'>, n: number) =>
    sql.query<{ n: number }>('SELECT $1::int AS n', [n], { prepareAs: 'one-number' });

  expect((await run(database, 1)).rows).toEqual([{ n: 1 }]);
  expect((await database.transaction((tx) => run(tx, 2))).rows).toEqual([{ n: 2 }]);

  const { rows } = await database.query(
    'SELECT name, generic_plans + custom_plans AS runs FROM pg_prepared_statements',
  );
  expect(rows).toEqual([{ name: 'one-number', runs: 2n }]);
});
