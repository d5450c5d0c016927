import type { TestDatabase } from '@mainstay/postgres/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startHolder } from './holder-process.ts';
import { leaseDatabase, until } from './lease-database.ts';

// These run by the machine's clock, because the database's is the one that decides.
const ttlMs = 1_000;

let db: TestDatabase;
beforeEach(async () => {
  db = await leaseDatabase();
});
afterEach(() => db[Symbol.asyncDispose]());

/** Owners in the order of their writes, each once for an unbroken row of them. */
async function writers(): Promise<readonly string[]> {
  const { rows } = await db.database.query<{ owner: string; epoch: number }>(
    'select owner, epoch from writes order by id',
  );
  return rows.map(({ owner, epoch }) => `${owner} ${epoch}`).filter((one, index, all) => one !== all[index - 1]);
}

const wrote = (owner: string) =>
  until(async () => (await db.database.query('select from writes where owner = $1 limit 1', [owner])).rowCount > 0);

test('a holder that is stopped for longer than its lease, and goes on when another works, writes nothing any more', async () => {
  await using first = startHolder({ url: db.url, owner: 'first', ttlMs, stubbornness: 3 });
  await wrote('first');
  first.child.kill('SIGSTOP');

  await using second = startHolder({ url: db.url, owner: 'second', ttlMs });
  expect(await second.next('held')).toMatchObject({ epoch: 2 });
  await wrote('second');
  first.child.kill('SIGCONT');

  expect(await first.next('stopped')).toMatchObject({ epoch: 1, reason: 'LEASE_LOST' });
  const { refusedCount } = await first.next('ended');
  expect(refusedCount).toBeGreaterThanOrEqual(3);
  // The first goes first, as it would take the lease that the second gives up.
  await first.stop();
  await second.stop();
  expect(await writers()).toEqual(['first 1', 'second 2']);
});

test('when a holder is killed another works after its lease of 1 s has run out', async () => {
  await using first = startHolder({ url: db.url, owner: 'first', ttlMs });
  await wrote('first');
  await using second = startHolder({ url: db.url, owner: 'second', ttlMs });
  first.child.kill('SIGKILL');

  expect(await second.next('held')).toMatchObject({ epoch: 2 });
  await wrote('second');
  await second.stop();
  expect(await writers()).toEqual(['first 1', 'second 2']);
});

test('a holder that ends in order gives its lease up before it is gone', async () => {
  await using first = startHolder({ url: db.url, owner: 'first', ttlMs: 600_000 });
  await wrote('first');
  await first.stop();

  expect(first.lines.map(({ what }) => what)).toEqual(['held', 'stopped', 'ended', 'released']);
  await using second = startHolder({ url: db.url, owner: 'second', ttlMs: 600_000 });
  expect(await second.next('held')).toMatchObject({ epoch: 2 });
});

test('a holder whose connections are all cut connects again and keeps its epoch', async () => {
  await using first = startHolder({ url: db.url, owner: 'first', ttlMs });
  await wrote('first');
  const renewedAt = async () =>
    (await db.database.query<{ at: string }>('select renewed_at::text as at from leases')).rows[0]?.at;
  for (let time = 1; time <= 3; time++) {
    await db.database.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'first'`);
    const before = await renewedAt();
    await until(async () => (await renewedAt()) !== before);
  }

  await first.stop();
  expect(first.lines.map(({ what }) => what)).toEqual(['held', 'stopped', 'ended', 'released']);
  expect(await writers()).toEqual(['first 1']);
});
