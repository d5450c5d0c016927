import { openDatabase, type TransactionOptions } from '@mainstay/postgres';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { accountsDatabase } from './accounts.ts';
import { barrier, failureOf } from './notes.ts';

let at: Awaited<ReturnType<typeof accountsDatabase>>;
beforeAll(async () => {
  at = await accountsDatabase();
});
afterAll(() => at[Symbol.asyncDispose]());
beforeEach(() => at.bank.query(`TRUNCATE accounts; INSERT INTO accounts VALUES ('a', 100), ('b', 100)`));

type Isolation = NonNullable<TransactionOptions['isolation']>;

test.each([
  ['read committed', [100, 1], 3],
  ['repeatable read', [100, 100], 2],
  ['serializable', [100, 100], 2],
] as const)(
  'under %s a second reading of a changed row gives %j, and of a table with a new row %i',
  async (isolation: Isolation, readings, rowCount) => {
    await at.bank.transaction({ isolation }, async (tx) => {
      const read = async () =>
        (await tx.query<{ balance: bigint }>(`SELECT balance FROM accounts WHERE id = 'a'`)).rows[0]?.balance;
      const first = await read();
      await at.bank.query(`UPDATE accounts SET balance = 1 WHERE id = 'a'`);
      await at.bank.query(`INSERT INTO accounts VALUES ('c', 5)`);

      expect([first, await read()].map(Number)).toEqual(readings);
      expect((await tx.query('SELECT FROM accounts')).rowCount).toBe(rowCount);
    });
  },
);

test.each([
  ['repeatable read', 0],
  ['serializable', 1],
] as const)(
  'under %s two who each read both accounts and empty one of them: %i of them is refused',
  async (isolation, refusedCount) => {
    const bothHaveRead = barrier(2);
    const withdraw = (id: string) =>
      at.bank.transaction({ isolation }, async (tx) => {
        const { rows } = await tx.query<{ sum: string }>('SELECT sum(balance) AS sum FROM accounts');
        await bothHaveRead();
        if (Number(rows[0]?.sum) >= 200)
          await tx.query('UPDATE accounts SET balance = balance - 200 WHERE id = $1', [id]);
      });

    const results = await Promise.allSettled([withdraw('a'), withdraw('b')]);
    const failures = results.filter((result) => result.status === 'rejected');
    expect(failures).toHaveLength(refusedCount);
    for (const { reason } of failures) expect(reason).toMatchObject({ reason: 'DATABASE_CONFLICT', retry: 'now' });
  },
);

test('a read-only transaction refuses to write, also from a part that joins it', async () => {
  const write = at.bank.transaction({ readOnly: true }, () =>
    at.bank.transaction((tx) => tx.query('DELETE FROM accounts')),
  );
  expect(await failureOf(write)).toMatchObject({ executed: 'no' });
  expect((await at.bank.query('SELECT FROM accounts')).rowCount).toBe(2);
});

test('a deferrable read waits for a writer that could make its snapshot unsafe, and then meets no conflict', async () => {
  const order: string[] = [];
  let reading: Promise<unknown> | undefined;
  await at.bank.transaction({ isolation: 'serializable' }, async (tx) => {
    await tx.query('UPDATE accounts SET balance = 7');
    const options = {
      propagation: 'requires_new',
      isolation: 'serializable',
      readOnly: true,
      deferrable: true,
    } as const;
    reading = at.bank.transaction(options, async (report) => {
      const { rows } = await report.query<{ sum: string }>('SELECT sum(balance) AS sum FROM accounts');
      order.push(`read ${rows[0]?.sum}`);
    });
    await waitsForSnapshot();
    order.push('written');
  });
  await reading;
  expect(order).toEqual(['written', 'read 200']);
});

/** Resolves when a session waits for a safe snapshot. */
async function waitsForSnapshot(): Promise<void> {
  await using watcher = await openDatabase({ url: at.db.url, name: 'watcher', maxConnections: 1 });
  for (;;) {
    const { rowCount } = await watcher.query(`SELECT FROM pg_stat_activity WHERE wait_event = 'SafeSnapshot'`);
    if (rowCount > 0) return;
  }
}
