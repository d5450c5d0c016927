import { type Meter, silentMeter } from '@mainstay/kernel';
import { withContext } from '@mainstay/kernel/context';
import { advisoryLock, type Database, lockRows, openDatabase, type Transaction } from '@mainstay/postgres';
import { FakeClock } from '@mainstay/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { accountsDatabase, total } from './accounts.ts';
import { barrier, failureOf } from './notes.ts';

let at: Awaited<ReturnType<typeof accountsDatabase>>;
beforeAll(async () => {
  at = await accountsDatabase();
});
afterAll(() => at[Symbol.asyncDispose]());
beforeEach(() => at.bank.query(`TRUNCATE accounts; INSERT INTO accounts VALUES ('a', 1000), ('b', 1000)`));

/** A pool that counts its repeated transactions by name, with a server that looks for deadlocks after 20 ms instead of 1 s. */
async function countingBank(): Promise<Database & { readonly repeats: Map<string, number> }> {
  const repeats = new Map<string, number>();
  const meter: Meter = {
    ...silentMeter,
    counter: ({ name }) => ({
      add(value, labels) {
        if (name !== 'mainstay.postgres.transaction.repeats') return;
        const key = labels?.['transaction'] ?? '';
        repeats.set(key, (repeats.get(key) ?? 0) + value);
      },
    }),
  };
  const url = new URL(at.db.url);
  url.searchParams.set('options', '-c deadlock_timeout=20ms');
  const database = await openDatabase({
    url: url.toString(),
    name: 'bank',
    maxConnections: 20,
    acquireTimeoutMs: 30_000,
    meter,
  });
  return Object.assign(database, { repeats });
}

async function move(tx: Transaction, from: string, to: string): Promise<void> {
  await tx.query('UPDATE accounts SET balance = balance - 1 WHERE id = $1', [from]);
  await tx.query('UPDATE accounts SET balance = balance + 1 WHERE id = $1', [to]);
}

const bothWays = (transfer: (from: string, to: string) => Promise<unknown>) =>
  Promise.all(Array.from({ length: 60 }, (_, n) => (n % 2 === 0 ? transfer('a', 'b') : transfer('b', 'a'))));

test('60 transfers in both directions that lock in the order of keys keep the money and meet no deadlock', async () => {
  await using bank = await countingBank();
  await bothWays((from, to) =>
    bank.transaction({ name: 'ordered', repeatable: true }, async (tx) => {
      expect(await lockRows(tx, { table: 'accounts', ids: [from, to] })).toEqual(['a', 'b']);
      await move(tx, from, to);
    }),
  );
  expect({ total: await total(bank), repeats: bank.repeats.get('ordered') ?? 0 }).toEqual({ total: 2_000, repeats: 0 });
});

test('60 transfers in both directions without order meet deadlocks, which are repeated and counted, and keep the money', async () => {
  await using bank = await countingBank();
  const bothHaveOne = barrier(2);
  await bothWays((from, to) =>
    bank.transaction({ name: 'unordered', repeatable: { maxAttempts: 100 } }, async (tx) => {
      await lockRows(tx, { table: 'accounts', ids: [from] });
      await bothHaveOne();
      await move(tx, from, to);
    }),
  );
  expect(await total(bank)).toBe(2_000);
  expect(bank.repeats.get('unordered')).toBeGreaterThan(0);
});

test('a transaction that is not repeatable runs once; a repeatable one up to its limit, and says how often', async () => {
  let runs = 0;
  const conflict = async (tx: Transaction) => {
    runs += 1;
    await tx.query(`DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$`);
  };

  expect(await failureOf(at.bank.transaction(conflict))).toMatchObject({ reason: 'DATABASE_CONFLICT' });
  expect(runs).toBe(1);
  runs = 0;
  const failure = await failureOf(at.bank.transaction({ name: 'unlucky', repeatable: { maxAttempts: 3 } }, conflict));
  expect(failure).toMatchObject({ reason: 'DATABASE_CONFLICT', executed: 'no' });
  expect(String(failure)).toContain('transaction unlucky met another one in each of 3 runs');
  expect(runs).toBe(3);
});

test('what is no conflict is not repeated, nor is a part that joined: the whole is', async () => {
  const runs = { outer: 0, part: 0 };
  const broken = new Error('broken');
  const failing = at.bank.transaction({ repeatable: true }, async () => {
    throw broken;
  });
  expect(await failureOf(failing)).toBe(broken);

  await at.bank.transaction({ repeatable: true }, async () => {
    runs.outer += 1;
    await at.bank.transaction({ repeatable: true }, async (tx) => {
      runs.part += 1;
      if (runs.part === 1) await tx.query(`DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END $$`);
    });
  });
  expect(runs).toEqual({ outer: 2, part: 2 });
});

test('the pauses double from 10 ms, are drawn at random below that, and end with the caller', async () => {
  const clock = new FakeClock();
  const options = { url: at.db.url, name: 'paused', clock, random: () => 0.5 };
  await using bank = await openDatabase(options);
  const caller = new AbortController();
  const pauses: (number | undefined)[] = [];
  const running = failureOf(
    withContext({ signal: caller.signal }, () =>
      bank.transaction({ repeatable: true }, (tx) =>
        tx.query(`DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40001'; END $$`),
      ),
    ),
  );
  for (let run = 1; run <= 3; run++) {
    while (clock.nextDueInMs === undefined || clock.nextDueInMs > 500)
      await new Promise((resolve) => setImmediate(resolve));
    pauses.push(clock.nextDueInMs);
    if (run === 3) caller.abort(new Error('gone'));
    else await clock.advanceToNext();
  }
  expect(pauses).toEqual([5, 10, 20]);
  expect(await running).toMatchObject({ message: 'gone' });
});

test('a busy row fails at once or is left out, as asked', async () => {
  await at.bank.transaction(async (tx) => {
    await lockRows(tx, { table: 'accounts', ids: ['a'] });
    const other = (busy: 'fail' | 'skip') =>
      at.bank.transaction({ propagation: 'requires_new' }, (own) =>
        lockRows(own, { table: 'accounts', ids: ['b', 'a'], busy }),
      );
    expect(await failureOf(other('fail'))).toMatchObject({ reason: 'DATABASE_CONFLICT', executed: 'no' });
    expect(await other('skip')).toEqual(['b']);
  });
});

test('a name is locked by one transaction, or shared by those who ask for that', async () => {
  const lock = (shared: boolean) =>
    at.bank.transaction({ propagation: 'requires_new' }, (tx) =>
      advisoryLock(tx, { name: 'import', busy: 'skip', shared }),
    );
  await at.bank.transaction(async (tx) => {
    await advisoryLock(tx, { name: 'import' });
    expect([await lock(false), await lock(true)]).toEqual([false, false]);
  });
  await at.bank.transaction(async (tx) => {
    await advisoryLock(tx, { name: 'import', shared: true });
    expect([await lock(false), await lock(true)]).toEqual([false, true]);
  });
});

test('names of tables and columns that are not plain are refused', async () => {
  for (const table of ['accounts; DROP TABLE accounts', 'Accounts', '"x"', 'a.b.c', '']) {
    expect(await failureOf(lockRows(at.bank, { table, ids: [] }))).toMatchObject({ reason: 'OPTION_INVALID' });
  }
});
