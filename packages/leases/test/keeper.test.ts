import { type HeldLease, silentLogger } from '@mainstay/kernel';
import type { TestDatabase } from '@mainstay/postgres/testing';
import { FakeClock } from '@mainstay/testing';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createLeaseKeeper, createLeaseStore, type LeaseKeeperOptions, listLeases } from '../src/index.ts';
import { leaseDatabase, passTime, until, write } from './lease-database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await leaseDatabase();
});
afterAll(() => db[Symbol.asyncDispose]());
beforeEach(() => db.database.query('truncate leases, writes'));

function keeperOf(owner: string, options: Partial<LeaseKeeperOptions> = {}) {
  const clock = new FakeClock();
  const lines: string[] = [];
  const log = (message: string): void => void lines.push(message);
  const logger = { ...silentLogger, warn: log, error: log };
  const keeper = createLeaseKeeper({ database: db.database, owner, clock, random: () => 0.5, logger, ...options });
  return { keeper, clock, lines, [Symbol.asyncDispose]: () => keeper[Symbol.asyncDispose]() };
}

/** Work that goes on until it is told to stop. */
function steadyWork() {
  const leases: HeldLease[] = [];
  return {
    leases,
    work: async (lease: HeldLease): Promise<void> => {
      leases.push(lease);
      await new Promise<void>((resolve) => {
        if (lease.signal.aborted) resolve();
        lease.signal.addEventListener('abort', () => resolve(), { once: true });
      });
    },
  };
}

const begun = (leases: readonly HeldLease[]) => until(() => leases.length > 0);
const forever = new AbortController().signal;
const viewOf = async (name: string) => (await listLeases(db.database)).find((lease) => lease.name === name);

test('work runs under the lease, and stopping ends it before the lease is free', async () => {
  await using one = keeperOf('one');
  const { leases, work } = steadyWork();
  const stop = new AbortController();
  const running = one.keeper.run('relay', work, stop.signal);
  await begun(leases);

  expect(await viewOf('relay')).toMatchObject({ state: 'held', owner: 'one', epoch: 1 });
  expect(one.keeper.held()).toEqual(leases);
  const why = new Error('enough');
  stop.abort(why);
  await running;

  expect(leases[0]?.signal.reason).toBe(why);
  expect(await viewOf('relay')).toMatchObject({ state: 'free', owner: null });
  expect(one.keeper.held()).toEqual([]);
});

test('a lease of 10 s is prolonged every 3.3 s, all leases of a process at once', async () => {
  let statementCount = 0;
  const database = {
    query: (text: string, values?: readonly unknown[]) => {
      statementCount += 1;
      return db.database.query(text, values);
    },
  };
  await using one = keeperOf('one', { database: database as LeaseKeeperOptions['database'] });
  const { leases, work } = steadyWork();
  for (const name of ['a', 'b', 'c']) void one.keeper.run(name, work, forever);
  await until(() => leases.length === 3);
  expect(statementCount).toBe(3);

  for (let time = 1; time <= 3; time++) {
    await passTime(db, 3_000);
    await one.clock.advance(3_334);
    await until(async () => (await listLeases(db.database)).every(({ idleMs }) => idleMs < 2_000));
  }
  expect(statementCount).toBe(6);
  expect(leases.every(({ signal }) => !signal.aborted)).toBe(true);
  expect((await listLeases(db.database)).map(({ epoch }) => epoch)).toEqual([1, 1, 1]);
});

test('a process that asks for a lease of another gets it at its next question after 0.5 s once that is given up', async () => {
  await using one = keeperOf('one');
  await using two = keeperOf('two');
  const [first, second] = [steadyWork(), steadyWork()];
  const stop = new AbortController();
  const ending = one.keeper.run('relay', first.work, stop.signal);
  await begun(first.leases);
  void two.keeper.run('relay', second.work, forever);
  await until(() => two.clock.pendingCount === 1);
  stop.abort();
  await ending;

  expect(two.clock.nextDueInMs).toBe(500);
  await two.clock.advance(500);
  await begun(second.leases);
  expect(second.leases[0]?.epoch).toBe(2);
});

test('work that cannot be prolonged is stopped 1 s before its 10 s are over, whatever the wall clock does', async () => {
  const store = createLeaseStore(db.database);
  const renew = (): Promise<never> => Promise.reject(new Error('no network'));
  await using one = keeperOf('one', { store: { ...store, renew } });
  const { leases, work } = steadyWork();
  void one.keeper.run('relay', work, forever);
  await begun(leases);

  one.clock.jump(3_600_000);
  await one.clock.advance(8_999);
  expect(leases[0]?.signal.aborted).toBe(false);
  one.clock.jump(-7_200_000);
  await one.clock.advance(1);
  expect(leases[0]?.signal.reason).toMatchObject({ reason: 'LEASE_LOST' });
  expect(one.lines).toContain('could not prolong leases');
});

test('a holder whose epoch is over finds out at its next renewal, and asks again', async () => {
  await using one = keeperOf('one');
  const { leases, work } = steadyWork();
  void one.keeper.run('relay', work, forever);
  await begun(leases);
  await passTime(db, 10_001);
  await createLeaseStore(db.database).acquire('relay', 'thief', 10_000);

  await one.clock.advance(3_334);
  await until(() => leases[0]?.signal.aborted === true);
  expect(leases[0]?.signal.reason).toMatchObject({ reason: 'LEASE_LOST' });
  expect(await viewOf('relay')).toMatchObject({ state: 'held', owner: 'thief', epoch: 2 });
});

test('a refused write stops the work without waiting for the renewal', async () => {
  await using one = keeperOf('one');
  const { leases, work } = steadyWork();
  void one.keeper.run('relay', work, forever);
  await begun(leases);
  await passTime(db, 10_001);
  await createLeaseStore(db.database).acquire('relay', 'thief', 10_000);

  const late = leases[0]?.fence(db.database).query('select 1');
  await expect(late).rejects.toMatchObject({ reason: 'LEASE_LOST' });
  expect(leases[0]?.signal.aborted).toBe(true);
});

test('work that ends or fails by itself gives the lease up, is logged when it failed, and begins again after 0.5 s', async () => {
  await using one = keeperOf('one');
  const epochs: number[] = [];
  void one.keeper.run(
    'relay',
    async ({ epoch }) => {
      epochs.push(epoch);
      if (epoch === 1) throw new Error('broken');
    },
    forever,
  );

  for (const count of [1, 2, 3]) {
    await until(() => epochs.length === count && one.clock.nextDueInMs === 500);
    await one.clock.advance(500);
  }
  expect(epochs.slice(0, 3)).toEqual([1, 2, 3]);
  expect(one.lines).toEqual(['work under a lease failed; it is started again']);
});

test('a lease that is handed over goes to the heir alone, with the next epoch, after the work has stopped', async () => {
  await using one = keeperOf('one');
  await using two = keeperOf('two');
  await using three = keeperOf('three');
  const [first, second, third] = [steadyWork(), steadyWork(), steadyWork()];
  void one.keeper.run('relay', first.work, forever);
  await begun(first.leases);
  void two.keeper.run('relay', second.work, forever);
  void three.keeper.run('relay', third.work, forever);
  await until(() => two.clock.pendingCount + three.clock.pendingCount === 2);

  expect(await one.keeper.handOver('relay', 'three')).toBe(true);
  expect(first.leases[0]?.signal.reason).toMatchObject({ reason: 'LEASE_HANDED_OVER' });
  expect(await write(db, { name: 'relay', epoch: 1 })).toBe(false);
  await two.clock.advance(500);
  await until(() => two.clock.pendingCount === 1);
  expect(await viewOf('relay')).toMatchObject({ state: 'reserved', heir: 'three' });
  await three.clock.advance(500);
  await begun(third.leases);

  expect(third.leases[0]?.epoch).toBe(2);
  expect(second.leases).toEqual([]);
  expect(await one.keeper.handOver('relay', 'two')).toBe(false);
});

test('an heir that never comes loses its right after 10 s', async () => {
  const store = createLeaseStore(db.database);
  await store.acquire('relay', 'one', 10_000);
  await store.handOver({ name: 'relay', epoch: 1 }, 'nobody', 10_000);
  expect(await store.acquire('relay', 'two', 10_000)).toMatchObject({ state: 'taken' });

  await passTime(db, 10_001);
  expect(await store.acquire('relay', 'two', 10_000)).toMatchObject({ state: 'held', epoch: 2 });
});
