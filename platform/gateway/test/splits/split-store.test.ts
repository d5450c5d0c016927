import { PlatformError, silentLogger } from '@mainstay/kernel';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { FakeClock } from '@mainstay/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSplitAdmin, type SplitSights } from '../../src/admin/split-admin.ts';
import { createMemorySplitStore } from '../../src/splits/memory-split-store.ts';
import { parseSplit } from '../../src/splits/parse-split.ts';
import { createPostgresSplitStore } from '../../src/splits/postgres-split-store.ts';
import { SplitBook } from '../../src/splits/split-book.ts';
import type { SplitStore } from '../../src/splits/split-store.ts';
import { weights } from './split-lab.ts';

const migrations = [new URL('../../migrations/', import.meta.url)];
const half = parseSplit({ versions: weights(1, 1) });
const tenth = parseSplit({ versions: weights(9, 1), fallback: '1.0.0' });
const stale = { reason: 'SPLIT_CHANGED' };

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase({ migrations });
});
afterAll(() => db[Symbol.asyncDispose]());

const kinds: Readonly<Record<string, () => SplitStore>> = {
  'in PostgreSQL': () => createPostgresSplitStore(db.database),
  'in memory': () => createMemorySplitStore(new FakeClock()),
};

describe.each(Object.entries(kinds))('splits kept %s', (kind, open) => {
  const service = kind.replaceAll(' ', '-').toLowerCase();

  it('are changed from the revision that was seen only, and come back as they were set', async () => {
    const store = open();
    const first = await store.set(service, half, 0);
    await expect(store.set(service, tenth, 0)).rejects.toMatchObject(stale);
    const second = await store.set(service, tenth, first);
    await expect(store.set(service, half, first)).rejects.toMatchObject(stale);
    await expect(store.remove(service, first)).rejects.toMatchObject(stale);

    const changed = await store.changesSince(first);
    expect(changed).toMatchObject([{ service, split: tenth, revision: second }]);
    expect(second).toBeGreaterThan(first);
  });

  it('are removed for those who look later, and may be set again from 0', async () => {
    const store = open();
    const name = `${service}-removed`;
    const first = await store.set(name, half, 0);
    const removed = await store.remove(name, first);

    expect((await store.changesSince(first)).map(({ split, revision }) => [split, revision])).toEqual([
      [undefined, removed],
    ]);
    await expect(store.remove(name, removed)).rejects.toMatchObject(stale);
    await expect(store.set(name, half, removed)).rejects.toMatchObject(stale);
    expect(await store.set(name, half, 0)).toBeGreaterThan(removed);
  });

  it('of 20 changes from one revision at once exactly one is taken', async () => {
    const store = open();
    const name = `${service}-race`;
    const from = await store.set(name, half, 0);

    const ends = await Promise.allSettled(Array.from({ length: 20 }, () => store.set(name, tenth, from)));

    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});

/** Before the registry has answered. */
const unknown: SplitSights = { mirrored: () => [], instancesOf: () => undefined };

describe('replicas of the gateway', () => {
  it('agree as soon as they have looked, also about what was removed', async () => {
    const store = createPostgresSplitStore(db.database);
    const [here, there] = [new SplitBook(store), new SplitBook(store)];
    const admin = createSplitAdmin({ store, book: here }, unknown, silentLogger);
    const set = await admin.act({ act: 'set', service: 'agree', revision: 0, split: { versions: weights(1, 1) } });
    const { revision } = set as { revision: number };

    expect([here.get('agree')?.revision, there.get('agree')]).toEqual([revision, undefined]);
    await there.refresh();
    expect(there.get('agree')).toEqual(here.get('agree'));
    const switched = await admin.act({ act: 'switch', service: 'agree', revision, version: '2.0.0' });
    await there.refresh();
    expect(there.get('agree')?.split.versions).toEqual(weights(0, 100));
    await admin.act({ act: 'remove', service: 'agree', revision: (switched as { revision: number }).revision });
    await there.refresh();
    expect([here.get('agree'), there.get('agree')]).toEqual([undefined, undefined]);
  });

  it('see each of 20 changes when they look all the time', async () => {
    const store = createPostgresSplitStore(db.database);
    const book = new SplitBook(store);
    const names = Array.from({ length: 20 }, (_, n) => `busy-${n}`);
    let isDone = false;
    const making = Promise.all(names.map((name) => store.set(name, half, 0))).then(() => {
      isDone = true;
    });

    while (!isDone) await book.refresh();
    await Promise.all([making, book.refresh()]);

    expect(names.filter((name) => book.get(name) === undefined)).toEqual([]);
  });
});

describe('the acts of operators', () => {
  it('name the versions that nobody runs, which are taken, and lists have the instances of each', async () => {
    const store = createMemorySplitStore(new FakeClock());
    const running: Readonly<Record<string, number>> = { '1.0.0': 3 };
    const sights: SplitSights = { ...unknown, instancesOf: (_, version) => running[version] ?? 0 };
    const admin = createSplitAdmin({ store, book: new SplitBook(store) }, sights, silentLogger);
    const split = { versions: weights(90, 10), mirror: { version: '3.0.0' } };

    const set = await admin.act({ act: 'set', service: 'products', revision: 0, split });
    const { revision } = set as { readonly revision: number };
    const switched = await admin.act({ act: 'switch', service: 'products', revision, version: '1.0.0' });

    expect(set).toMatchObject({ without_instance: ['2.0.0', '3.0.0'] });
    expect(switched).toMatchObject({ without_instance: ['2.0.0', '3.0.0'] });
    expect(admin.show()).toMatchObject({
      splits: [
        {
          shares: [
            { version: '1.0.0', percent: 100, instances: 3 },
            { version: '2.0.0', percent: 0, instances: 0 },
          ],
        },
      ],
    });
  });

  it('name none while the registry is not known', async () => {
    const store = createMemorySplitStore(new FakeClock());
    const admin = createSplitAdmin({ store, book: new SplitBook(store) }, unknown, silentLogger);

    const set = await admin.act({ act: 'set', service: 'products', revision: 0, split: { versions: weights(1, 1) } });

    expect(set).toMatchObject({ without_instance: [] });
    expect(JSON.stringify(admin.show())).toContain('"instances":null');
  });

  const admin = (): ReturnType<typeof createSplitAdmin> => {
    const store = createMemorySplitStore(new FakeClock());
    return createSplitAdmin({ store, book: new SplitBook(store) }, unknown, silentLogger);
  };
  const refusal = async (act: object): Promise<string> => {
    const error = await admin()
      .act(act)
      .catch((thrown: unknown) => thrown);
    return error instanceof PlatformError ? `${error.reason} ${error.rawMessage}` : 'taken';
  };

  it.each([
    ['no versions', { versions: [] }, /split\.versions/],
    ['all weights 0', { versions: weights(0, 0) }, /weight above 0/],
    ['a negative weight', { versions: weights(-1, 1) }, /split\.versions\.0\.weight/],
    ['one version twice', { versions: [...weights(1, 1), { version: '1.0.0', weight: 1 }] }, /different versions/],
    ['a fall-back of another split', { versions: weights(1, 1), fallback: '9.0.0' }, /split\.fallback/],
    ['another way to keep callers', { versions: weights(1, 1), by: 'cookie' }, /split\.by/],
    ['a field that nobody knows', { versions: weights(1, 1), colour: 'blue' }, /colour/],
  ])('are refused with %s', async (_, split, message) => {
    const told = await refusal({ act: 'set', service: 'products', revision: 0, split });
    expect(told).toMatch(/^OPTION_INVALID/);
    expect(told).toMatch(message);
  });

  it('are refused for a version that the split does not name, and for a service without one', async () => {
    expect(await refusal({ act: 'switch', service: 'products', revision: 0, version: '1.0.0' })).toMatch(
      /^SPLIT_UNKNOWN/,
    );
    expect(await refusal({ act: 'halve', service: 'products' })).toMatch(/^OPTION_INVALID/);
  });

  it('show shares in per cent, and whether splits outlive the process', async () => {
    const acts = admin();
    await acts.act({ act: 'set', service: 'products', revision: 0, split: { versions: weights(3, 1) } });

    expect(acts.show()).toMatchObject({
      kept: false,
      splits: [{ service: 'products', revision: 1, shares: [{ version: '1.0.0', percent: 75 }, { percent: 25 }] }],
    });
  });
});
