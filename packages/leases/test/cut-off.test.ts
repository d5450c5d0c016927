import type { HeldLease } from '@mainstay/kernel';
import { openDatabase } from '@mainstay/postgres';
import { expect, test } from 'vitest';
import { createLeaseKeeper } from '../src/index.ts';
import { leaseDatabase } from './lease-database.ts';
import { openNetwork } from './network.ts';

test('a holder whose network is silent stops its work before its lease of 0.6 s is over and another begins', async () => {
  await using db = await leaseDatabase();
  await using network = await openNetwork(db.url);
  await using remote = await openDatabase({ url: network.url, name: 'cut-off', closeTimeoutMs: 0 });
  const one = createLeaseKeeper({ database: remote, owner: 'one', ttlMs: 600 });
  const two = createLeaseKeeper({ database: db.database, owner: 'two', ttlMs: 600 });
  const stop = new AbortController();
  const events: string[] = [];
  const begun = { one: Promise.withResolvers<void>(), two: Promise.withResolvers<void>() };
  const workOf = (owner: 'one' | 'two') => async (lease: HeldLease) => {
    events.push(`${owner} begins ${lease.epoch}`);
    begun[owner].resolve();
    await new Promise<void>((resolve) => lease.signal.addEventListener('abort', () => resolve()));
    events.push(`${owner} stops`);
  };

  const first = one.run('relay', workOf('one'), stop.signal);
  await begun.one.promise;
  network.freeze();
  const second = two.run('relay', workOf('two'), stop.signal);
  await begun.two.promise;

  expect(events).toEqual(['one begins 1', 'one stops', 'two begins 2']);
  stop.abort();
  network.cut();
  await Promise.all([first, second]);
});
