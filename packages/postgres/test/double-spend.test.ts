import { PlatformError, type SqlExecutor } from '@mainstay/kernel';
import { isConstraintViolation, lockRows, postgresReasons, updateVersion } from '@mainstay/postgres';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { accountsDatabase } from './accounts.ts';
import { barrier, failureOf } from './notes.ts';

let at: Awaited<ReturnType<typeof accountsDatabase>>;
beforeAll(async () => {
  at = await accountsDatabase();
});
afterAll(() => at[Symbol.asyncDispose]());
beforeEach(() =>
  at.bank.query(
    `TRUNCATE accounts, guarded; INSERT INTO accounts VALUES ('a', 100); INSERT INTO guarded VALUES ('a', 100)`,
  ),
);

const count = 100;
const insufficient = new PlatformError(postgresReasons.DATABASE_CONSTRAINT_VIOLATED, 'insufficient funds');

interface Account {
  readonly balance: bigint;
  readonly version: number;
}

async function read(sql: SqlExecutor, suffix = ''): Promise<Account> {
  const { rows } = await sql.query<Account>(`SELECT balance, version FROM accounts WHERE id = 'a'${suffix}`);
  if (rows[0]!.balance < 100n) throw insufficient;
  return rows[0]!;
}

const write = (sql: SqlExecutor, balance: bigint) =>
  sql.query(`UPDATE accounts SET balance = $1 WHERE id = 'a'`, [balance]);

/** 100 withdrawals of 100 at once; the first two read before either writes. @returns how many succeeded. */
async function withdrawAtOnce(withdraw: (bothHaveRead: () => Promise<void>) => Promise<unknown>): Promise<number> {
  const bothHaveRead = barrier(2);
  const results = await Promise.allSettled(Array.from({ length: count }, () => withdraw(bothHaveRead)));
  const failures = results.filter((result) => result.status === 'rejected');
  for (const { reason } of failures) expect(reason).toMatchObject({ executed: 'no' });
  return count - failures.length;
}

const balance = async (table: 'accounts' | 'guarded') =>
  Number((await at.bank.query<{ balance: bigint }>(`SELECT balance FROM ${table}`)).rows[0]?.balance);

test('control: reading, checking and writing under read committed pays 100 out more than once', async () => {
  const paid = await withdrawAtOnce((bothHaveRead) =>
    at.bank.transaction(async (tx) => {
      const account = await read(tx);
      await bothHaveRead();
      await write(tx, account.balance - 100n);
    }),
  );
  expect(paid).toBeGreaterThan(1);
});

test('a CHECK with a change in place pays 100 out once in 100 withdrawals', async () => {
  const paid = await withdrawAtOnce(async () => {
    const failure = await failureOf(at.bank.query(`UPDATE guarded SET balance = balance - 100 WHERE id = 'a'`));
    if (isConstraintViolation(failure, 'balance_not_negative')) throw insufficient;
  });
  expect({ paid, left: await balance('guarded') }).toEqual({ paid: 1, left: 0 });
});

test('serializable transactions that are repeatable pay 100 out once in 100 withdrawals', async () => {
  const paid = await withdrawAtOnce((bothHaveRead) =>
    at.bank.transaction({ isolation: 'serializable', repeatable: { maxAttempts: 50 } }, async (tx) => {
      const account = await read(tx);
      await bothHaveRead();
      await write(tx, account.balance - 100n);
    }),
  );
  expect({ paid, left: await balance('accounts') }).toEqual({ paid: 1, left: 0 });
});

test('a version column pays 100 out once in 100 withdrawals of up to 3 tries', async () => {
  const paid = await withdrawAtOnce(async (bothHaveRead) => {
    for (let attempt = 1; ; attempt++) {
      const account = await read(at.bank);
      await bothHaveRead();
      const change = { table: 'accounts', id: 'a', version: account.version, set: { balance: account.balance - 100n } };
      const failure = await failureOf(updateVersion(at.bank, change));
      if (failure === 'it did not fail') return;
      expect(failure).toMatchObject({ reason: 'ROW_VERSION_STALE', retry: 'now' });
      if (attempt === 3) throw failure;
    }
  });
  expect({ paid, left: await balance('accounts') }).toEqual({ paid: 1, left: 0 });
});

test('a row lock pays 100 out once in 100 withdrawals', async () => {
  const paid = await withdrawAtOnce(() =>
    at.bank.transaction(async (tx) => {
      await lockRows(tx, { table: 'accounts', ids: ['a'] });
      const account = await read(tx);
      await write(tx, account.balance - 100n);
    }),
  );
  expect({ paid, left: await balance('accounts') }).toEqual({ paid: 1, left: 0 });
});
