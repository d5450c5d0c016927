import { silentLogger } from '@mainstay/kernel';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { FakeClock } from '@mainstay/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKeyAdmin } from '../src/admin/key-admin.ts';
import { KeyBook } from '../src/identity/keys/key-book.ts';
import { createKeyStore, type KeyStore } from '../src/identity/keys/key-store.ts';

const migrations = [new URL('../migrations/', import.meta.url)];
const forever = { tenant: undefined, scopes: [], lifetimeMs: undefined };

describe('keys that operators manage', () => {
  let db: TestDatabase;
  let store: KeyStore;
  beforeAll(async () => {
    db = await testDatabase({ migrations });
    store = createKeyStore(db.database);
  });
  afterAll(() => db[Symbol.asyncDispose]());

  /** What one replica knows. */
  async function openBook(clock = new FakeClock()): Promise<KeyBook> {
    const book = new KeyBook(store, clock);
    await book.refresh();
    return book;
  }

  it('are kept as a hash: the text of a key is nowhere in the database', async () => {
    const { text, prefix } = await store.create({ client: 'acme', tier: 'free', ...forever });

    const { rows } = await db.database.query<{ row: string }>('select api_keys::text as row from api_keys');
    const dump = rows.map(({ row }) => row).join('\n');
    expect(text).toMatch(/^mk_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
    expect(dump).toContain(prefix);
    expect(dump).not.toContain(text.slice(16));
    expect(dump).not.toContain(Buffer.from(text.slice(16)).toString('hex'));
  });

  it('open what they were made for, and a key with one letter changed opens nothing', async () => {
    const { text } = await store.create({
      ...forever,
      client: 'acme',
      tier: 'free',
      tenant: 't1',
      scopes: ['orders.read'],
    });
    const book = await openBook();

    expect(book.find(text)).toEqual({ client: 'acme', tier: 'free', tenant: 't1', scopes: ['orders.read'] });
    expect(book.find(`${text.slice(0, -1)}${text.endsWith('a') ? 'b' : 'a'}`)).toBeUndefined();
    expect(book.find(`mk_000000000000_${text.slice(16)}`)).toBeUndefined();
    expect(book.find('demo-free')).toBeUndefined();
  });

  it('are revoked everywhere as soon as the others have looked', async () => {
    const { text, prefix } = await store.create({ client: 'acme', tier: 'free', ...forever });
    const [here, there] = [await openBook(), await openBook()];

    await store.revoke(prefix);
    await here.refresh();

    expect([here.find(text), there.find(text)?.client]).toEqual([undefined, 'acme']);
    await there.refresh();
    expect(there.find(text)).toBeUndefined();
    await expect(store.revoke(prefix)).rejects.toMatchObject({ reason: 'API_KEY_UNKNOWN' });
  });

  it('are rotated: both are taken for an hour of overlap, then the new one alone, by the time of the database', async () => {
    const old = await store.create({ client: 'acme', tier: 'free', ...forever, scopes: ['orders.read'] });
    const clock = new FakeClock(0);
    const book = await openBook(clock);

    const next = await store.rotate(old.prefix, 3_600_000);
    await book.refresh();

    expect(book.find(old.text)).toEqual(book.find(next.text));
    await clock.advance(3_590_000);
    expect(book.find(old.text)?.client).toBe('acme');
    await clock.advance(20_000);
    expect([book.find(old.text), book.find(next.text)?.client]).toEqual([undefined, 'acme']);
    await expect(store.rotate(old.prefix, 0)).rejects.toMatchObject({ reason: 'API_KEY_UNKNOWN' });
  });

  it('expire by themselves', async () => {
    const { text } = await store.create({ client: 'acme', tier: 'free', ...forever, lifetimeMs: 60_000 });
    const clock = new FakeClock();
    const book = await openBook(clock);

    expect(book.find(text)?.client).toBe('acme');
    await clock.advance(60_100);
    expect(book.find(text)).toBeUndefined();
  });

  it('of 20 changes at once each is seen by a replica that looks all the time', async () => {
    const book = await openBook();
    const before = book.all().length;
    const making = Promise.all(
      Array.from({ length: 20 }, (_, n) => store.create({ client: `c${n}`, tier: 'free', ...forever })),
    );
    let isDone = false;
    void making.then(() => {
      isDone = true;
    });

    while (!isDone) await book.refresh();
    await book.refresh();

    expect(book.all().length - before).toBe(20);
  });

  it('are made with scopes for personal data beside those for routes, and not without them', async () => {
    const book = await openBook();
    const admin = createKeyAdmin({ store, book }, () => ['free'], silentLogger);
    const make = (...scopes: readonly string[]) => admin.act({ act: 'create', client: 'acme', tier: 'free', scopes });

    const { key } = (await make('orders.read', 'pii.high.read')) as { readonly key: string };
    expect(book.find(key)?.scopes).toEqual(['orders.read', 'pii.high.read']);
    for (const scopes of [['pii.medium.read'], ['orders.read', 'pii.low.read'], ['pii.high.write']]) {
      await expect(make(...scopes)).rejects.toMatchObject({ reason: 'OPTION_INVALID' });
    }
  });

  it('are managed by acts that show the key once, and lists never do', async () => {
    const book = await openBook();
    const admin = createKeyAdmin({ store, book }, () => ['anonymous', 'free'], silentLogger);

    const made = (await admin.act({ act: 'create', client: 'acme', tier: 'free' })) as { prefix: string; key: string };

    expect(book.find(made.key)?.client).toBe('acme');
    expect(JSON.stringify(admin.show())).toContain(made.prefix);
    expect(JSON.stringify(admin.show())).not.toContain(made.key.slice(16));
    await expect(admin.act({ act: 'create', client: 'acme', tier: 'gold' })).rejects.toMatchObject({
      reason: 'OPTION_INVALID',
      rawMessage: 'tier must be one of anonymous, free, got "gold"',
    });
    await expect(admin.act({ act: 'destroy' })).rejects.toMatchObject({ reason: 'OPTION_INVALID' });
    const without = createKeyAdmin(undefined, () => [], silentLogger);
    await expect(without.act({ act: 'revoke', prefix: made.prefix })).rejects.toMatchObject({
      reason: 'API_KEYS_NOT_KEPT',
    });
  });
});
