import { deleteExpiredRecords, idempotencyMigrations } from '@mainstay/idempotency';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

let db: TestDatabase;

beforeAll(async () => {
  db = await testDatabase({ migrations: [idempotencyMigrations] });
});

afterAll(() => db[Symbol.asyncDispose]());

beforeEach(async () => {
  await db.database.query('DELETE FROM idempotency_records');
  await db.database.query(
    `INSERT INTO idempotency_records (scope, key, fingerprint, effect_id, epoch, response, completed_at, expires_at)
     SELECT 's', 'k' || n, sha256('x'), gen_random_uuid(), 1, '', now(), now() + (n - 25) * interval '1 minute' FROM generate_series(1, 50) AS n`,
  );
});

async function remaining(): Promise<number> {
  return (await db.database.query('SELECT 1 FROM idempotency_records')).rowCount;
}

test('25 expired of 50 records go in batches of 10, 10 and 5; the living stay', async () => {
  const counts = [];
  for (let batch = 0; batch < 4; batch++) counts.push(await deleteExpiredRecords(db.database, 10));

  expect(counts).toEqual([10, 10, 5, 0]);
  expect(await remaining()).toBe(25);
});

test('5 cleaners at once delete each expired record once', async () => {
  const counts = await Promise.all(Array.from({ length: 5 }, () => deleteExpiredRecords(db.database, 100)));

  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(25);
  expect(await remaining()).toBe(25);
});

test('a record that a replay holds is skipped, not waited for', async () => {
  await db.database.transaction(async (tx) => {
    await tx.query(`SELECT 1 FROM idempotency_records WHERE key = 'k1' FOR UPDATE`);
    expect(await deleteExpiredRecords(db.database, 100)).toBe(24);
  });
});

test('a limit of 0 is refused', async () => {
  await expect(deleteExpiredRecords(db.database, 0)).rejects.toMatchObject({ reason: 'OPTION_INVALID' });
});
