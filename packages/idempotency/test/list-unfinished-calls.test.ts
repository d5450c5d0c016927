import { idempotencyMigrations, listUnfinishedCalls } from '@mainstay/idempotency';
import { testDatabase } from '@mainstay/postgres/testing';
import { expect, test } from 'vitest';

test('calls whose lock ended over a minute ago are listed, the oldest first; completed, running and expired ones are not', async () => {
  await using db = await testDatabase({ migrations: [idempotencyMigrations] });
  const rows = [
    ['old', '2 minutes', '-1 day'],
    ['older', '3 minutes', '-1 day'],
    ['running', '-3 seconds', '-1 day'],
    ['young', '30 seconds', '-1 day'],
    ['expired', '2 minutes', '1 second'],
  ] as const;
  for (const [scope, lockEndedAgo, expiredAgo] of rows) {
    await db.database.query(
      `INSERT INTO idempotency_records (scope, key, fingerprint, effect_id, epoch, locked_until, expires_at)
       VALUES ($1, 'k', sha256('x'), gen_random_uuid(), 2, now() - $2::interval, now() - $3::interval)`,
      [scope, lockEndedAgo, expiredAgo],
    );
  }
  await db.database.query(
    `INSERT INTO idempotency_records (scope, key, fingerprint, effect_id, epoch, response, completed_at, expires_at)
     VALUES ('done', 'k', sha256('x'), gen_random_uuid(), 1, '', now(), now() + interval '1 day')`,
  );

  const found = await listUnfinishedCalls(db.database, { olderThanMs: 60_000, limit: 10 });
  expect(found.map(({ scope, runs }) => [scope, runs])).toEqual([
    ['older', 2],
    ['old', 2],
  ]);
  expect(await listUnfinishedCalls(db.database, { olderThanMs: 0, limit: 1 })).toHaveLength(1);
  const { effectId } = found[1]!;
  expect(await listUnfinishedCalls(db.database, { olderThanMs: 0, effectId, limit: 10 })).toEqual([found[1]]);
  expect(await listUnfinishedCalls(db.database, { olderThanMs: 0, effectId: 'o9', limit: 10 })).toEqual([]);
});
