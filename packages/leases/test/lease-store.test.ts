import type { TestDatabase } from '@mainstay/postgres/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createLeaseStore, type LeaseStore, listLeases } from '../src/index.ts';
import { leaseDatabase, passTime } from './lease-database.ts';

let db: TestDatabase;
let store: LeaseStore;
beforeAll(async () => {
  db = await leaseDatabase();
  store = createLeaseStore(db.database);
});
afterAll(() => db[Symbol.asyncDispose]());
beforeEach(() => db.database.query('truncate leases'));

test.each(['new', 'free', 'expired'])('of 20 that ask at once for a lease that is %s one gets it', async (state) => {
  if (state !== 'new') await store.acquire('relay', 'before', 60_000);
  if (state === 'free') await store.release({ name: 'relay', epoch: 1 });
  if (state === 'expired') await passTime(db, 60_001);

  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => store.acquire('relay', `p${n}`, 60_000)));

  expect(answers.filter((answer) => answer.state === 'held')).toEqual([
    expect.objectContaining({ epoch: state === 'new' ? 1 : 2 }),
  ]);
});

test('of 20 that ask at once for a new lease, 200 times over, one gets it each time and none fails', async () => {
  for (let round = 0; round < 200; round++) {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => store.acquire(`relay ${round}`, `p${n}`, 60_000)),
    );
    expect(answers.filter((answer) => answer.state === 'held')).toMatchObject([{ epoch: 1 }]);
  }
});

test('an expired lease tells the next holder how long it was idle; a released one does not', async () => {
  await store.acquire('relay', 'a', 60_000);
  await passTime(db, 90_000);

  const taken = await store.acquire('relay', 'b', 60_000);
  expect(taken).toMatchObject({ state: 'held', epoch: 2 });
  expect(taken.state === 'held' && taken.idleMs).toBeGreaterThanOrEqual(90_000);
  await store.release({ name: 'relay', epoch: 2 });
  expect(await store.acquire('relay', 'c', 60_000)).toEqual({ state: 'held', epoch: 3, idleMs: undefined });
});

test('leases are listed by name and page with state, owner, heir, age and time left', async () => {
  for (const name of ['b', 'c', 'd', 'a']) await store.acquire(name, `owner of ${name}`, 60_000);
  await store.release({ name: 'b', epoch: 1 });
  await store.handOver({ name: 'c', epoch: 1 }, 'heir', 30_000);

  const first = await listLeases(db.database, { limit: 2 });
  const rest = await listLeases(db.database, { after: 'b' });

  expect([...first, ...rest]).toMatchObject([
    { name: 'a', state: 'held', owner: 'owner of a', heir: null, epoch: 1 },
    { name: 'b', state: 'free', owner: null, expiresInMs: 0 },
    { name: 'c', state: 'reserved', owner: null, heir: 'heir' },
    { name: 'd', state: 'held' },
  ]);
  await passTime(db, 60_001);
  expect(await listLeases(db.database, { after: 'c' })).toMatchObject([
    { name: 'd', state: 'expired', owner: 'owner of d', expiresInMs: 0 },
  ]);
});

test('names of no or more than 200 characters are refused before the database is asked', async () => {
  for (const name of ['', 'x'.repeat(201)]) {
    await expect(store.acquire(name, 'a', 1_000)).rejects.toMatchObject({ reason: 'OPTION_INVALID' });
    await expect(store.acquire('relay', name, 1_000)).rejects.toMatchObject({ reason: 'OPTION_INVALID' });
    await expect(store.handOver({ name: 'relay', epoch: 1 }, name, 1)).rejects.toMatchObject({
      reason: 'OPTION_INVALID',
    });
  }
});
