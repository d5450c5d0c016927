import type { SqlExecutor } from '@mainstay/kernel';
import type { TestDatabase } from '@mainstay/postgres/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createLeaseStore, type LeaseStore, withFence } from '../src/index.ts';
import { leaseDatabase, passTime, until } from './lease-database.ts';

let db: TestDatabase;
let store: LeaseStore;
beforeAll(async () => {
  db = await leaseDatabase();
  store = createLeaseStore(db.database);
});
afterAll(() => db[Symbol.asyncDispose]());
beforeEach(() => db.database.query('truncate leases, writes'));

const first = { name: 'relay', epoch: 1 };
const second = { name: 'relay', epoch: 2 };
const ttlMs = 60_000;
const insert = (sql: SqlExecutor, owner: string) =>
  sql.query('insert into writes (owner, epoch) values ($1, 0)', [owner]);
const owners = async () =>
  (await db.database.query<{ owner: string }>('select owner from writes order by id')).rows.map(({ owner }) => owner);

async function takeOver(): Promise<void> {
  await passTime(db, ttlMs + 1);
  expect(await store.acquire('relay', 'b', ttlMs)).toMatchObject({ state: 'held', epoch: 2 });
}

/** Resolves when a session of the database waits for a lock. */
const somebodyWaits = () =>
  until(async () => {
    const { rowCount } = await db.database.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rowCount > 0;
  });

test.each([
  ['INSERT', `insert into writes (owner, epoch) values ('x', 1)`],
  ['INSERT from SELECT', `insert into writes (owner, epoch) select owner, epoch from writes`],
  ['UPDATE', `update writes set owner = 'x'`],
  ['UPDATE of no row', `update writes set owner = 'x' where false`],
  ['DELETE', 'delete from writes'],
  [
    'MERGE',
    `merge into writes using (values (1)) as v (id) on false when not matched then insert (owner, epoch) values ('x', 1)`,
  ],
  ['SELECT', 'select * from writes'],
  ['WITH', `with gone as (delete from writes returning id) select count(*) from gone`],
  [
    'WITH RECURSIVE',
    `  WITH RECURSIVE n as (select 1 as i union all select i + 1 from n where i < 3) insert into writes (owner, epoch) select 'x', i from n`,
  ],
])('%s passes under the epoch of the holder, and is refused whole under the one before', async (_, text) => {
  await store.acquire('relay', 'a', ttlMs);
  await insert(db.database, 'own');
  await withFence(db.database, first).query(text);

  await db.database.query('truncate writes');
  await insert(db.database, 'own');
  await takeOver();
  let refused = 0;
  const late = withFence(db.database, first, () => {
    refused += 1;
  }).query(text);

  await expect(late).rejects.toMatchObject({ reason: 'LEASE_LOST', executed: 'no', retry: 'never' });
  expect(refused).toBe(1);
  expect(await owners()).toEqual(['own']);
  await withFence(db.database, second).query(text);
});

test('values keep their places, and results and other errors come as without a fence', async () => {
  await store.acquire('relay', 'a', ttlMs);
  const fenced = withFence(db.database, first);

  const { rows, rowCount } = await fenced.query('insert into writes (owner, epoch) values ($2, $1) returning owner', [
    7,
    'me',
  ]);
  expect({ rows, rowCount }).toEqual({ rows: [{ owner: 'me' }], rowCount: 1 });
  await expect(fenced.query('insert into writes (owner) values ($1)', ['me'])).rejects.toMatchObject({
    reason: 'DATABASE_CONSTRAINT_VIOLATED',
  });
});

test('a statement prepared by name is prepared once more with its fence', async () => {
  await store.acquire('relay', 'a', ttlMs);
  const text = 'select count(*) from writes where owner = $1';
  await db.database.transaction(async (tx) => {
    for (const sql of [tx, withFence(tx, first), tx, withFence(tx, first)]) {
      await sql.query(text, ['a'], { prepareAs: 'count-writes' });
    }
    const { rows } = await tx.query('select name from pg_prepared_statements order by name');
    expect(rows).toEqual([{ name: 'count-writes' }, { name: 'fenced:count-writes' }]);
  });
});

test('a released lease and one that never was refuse writes too', async () => {
  await store.acquire('relay', 'a', ttlMs);
  await store.release(first);

  await expect(insert(withFence(db.database, first), 'a')).rejects.toMatchObject({ reason: 'LEASE_LOST' });
  const unknown = withFence(db.database, { name: 'unknown', epoch: 1 });
  await expect(insert(unknown, 'a')).rejects.toMatchObject({ reason: 'LEASE_LOST' });
  expect(await owners()).toEqual([]);
});

test('an expired lease that nobody took still writes: nobody else can have', async () => {
  await store.acquire('relay', 'a', ttlMs);
  await passTime(db, ttlMs + 1);

  await insert(withFence(db.database, first), 'a');
  expect(await owners()).toEqual(['a']);
});

test('a refused write takes everything else in its transaction with it', async () => {
  await store.acquire('relay', 'a', ttlMs);
  await takeOver();

  const late = db.database.transaction(async (tx) => {
    await insert(tx, 'before');
    await insert(withFence(tx, first), 'fenced');
  });

  await expect(late).rejects.toMatchObject({ reason: 'LEASE_LOST' });
  expect(await owners()).toEqual([]);
});

test('the next holder begins only after an open transaction with a fenced statement has ended', async () => {
  await store.acquire('relay', 'a', ttlMs);
  let taking: Promise<unknown> | undefined;
  const order: string[] = [];

  await db.database.transaction(async (tx) => {
    await withFence(tx, first).query('select 1');
    await passTime(db, ttlMs + 1);
    taking = store.acquire('relay', 'b', ttlMs).then(() => order.push('taken'));
    await somebodyWaits();
    await insert(tx, 'a');
    order.push('written');
  });

  await taking;
  expect(order).toEqual(['written', 'taken']);
  expect(await owners()).toEqual(['a']);
});

test('a write that began under the old epoch and waited while another took over is refused', async () => {
  await store.acquire('relay', 'a', ttlMs);
  await insert(db.database, 'row');
  let late: Promise<unknown> | undefined;

  await db.database.transaction(async (tx) => {
    await tx.query('select from writes for update');
    late = withFence(db.database, first)
      .query(`update writes set owner = 'late'`)
      .catch((error: unknown) => error);
    await somebodyWaits();
    await takeOver();
  });

  expect(await late).toMatchObject({ reason: 'LEASE_LOST' });
  expect(await owners()).toEqual(['row']);
});

test('a write waits for a take-over that is not committed yet, and is then refused', async () => {
  await store.acquire('relay', 'a', ttlMs);
  await passTime(db, ttlMs + 1);
  let late: Promise<unknown> | undefined;

  await db.database.transaction(async (tx) => {
    await createLeaseStore(tx).acquire('relay', 'b', ttlMs);
    late = insert(withFence(db.database, first), 'late').catch((error: unknown) => error);
    await somebodyWaits();
  });

  expect(await late).toMatchObject({ reason: 'LEASE_LOST' });
  expect(await owners()).toEqual([]);
});

test('fenced transactions and renewals do not wait for each other', async () => {
  await store.acquire('relay', 'a', ttlMs);

  await db.database.transaction(async (tx) => {
    await insert(withFence(tx, first), 'a');
    expect((await store.renew([first], ttlMs)).renewed).toEqual(new Set(['relay']));
    await db.database.transaction((other) => insert(withFence(other, first), 'b'));
  });

  expect((await owners()).sort()).toEqual(['a', 'b']);
});
