import { randomUUID } from 'node:crypto';
import { idempotencyMigrations, withIdempotency } from '@mainstay/idempotency';
import { isPlatformError } from '@mainstay/kernel';
import { type Database, openDatabase, type Transaction } from '@mainstay/postgres';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

let first: TestDatabase;
let second: Database;

beforeAll(async () => {
  first = await testDatabase({ migrations: [idempotencyMigrations] });
  second = await openDatabase({ url: first.url, name: 'second', acquireTimeoutMs: 15_000 });
  await first.database.query('CREATE TABLE effects (scope text NOT NULL, id uuid NOT NULL)');
});

afterAll(async () => {
  await second[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
});

const fingerprint = new Uint8Array(32).fill(1);
const otherFingerprint = new Uint8Array(32).fill(2);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

async function haveEffect(tx: Transaction, scope: string): Promise<Uint8Array> {
  const id = randomUUID();
  await tx.query('INSERT INTO effects (scope, id) VALUES ($1, $2)', [scope, id]);
  return new TextEncoder().encode(id);
}

function call(database: Database, scope: string, own: { fingerprint?: Uint8Array; ttlMs?: number } = {}) {
  return database.transaction((tx) =>
    withIdempotency(tx, { scope, key: 'key-1', fingerprint, ...own }, () => haveEffect(tx, scope)),
  );
}

async function effectCount(scope: string): Promise<number> {
  return (await first.database.query('SELECT 1 FROM effects WHERE scope = $1', [scope])).rowCount;
}

test('100 equal calls at once over two pools have 1 effect and 1 answer', async () => {
  await using wide = await openDatabase({ url: first.url, name: 'wide', maxConnections: 20, acquireTimeoutMs: 15_000 });
  const results = await Promise.all(Array.from({ length: 100 }, (_, n) => call(n % 2 === 0 ? wide : second, 'storm')));

  expect(await effectCount('storm')).toBe(1);
  expect(new Set(results.map(({ response }) => text(response))).size).toBe(1);
  expect(results.filter(({ replayed }) => !replayed)).toHaveLength(1);
});

test('100 different keys at once have 100 effects', async () => {
  const results = await Promise.all(
    Array.from({ length: 100 }, (_, n) =>
      second.transaction((tx) =>
        withIdempotency(tx, { scope: 'many', key: `key-${n}`, fingerprint }, () => haveEffect(tx, 'many')),
      ),
    ),
  );
  expect(results.every(({ replayed }) => !replayed)).toBe(true);
  expect(await effectCount('many')).toBe(100);
});

test('a rolled-back transaction releases the key', async () => {
  const failed = first.database.transaction(async (tx) => {
    await withIdempotency(tx, { scope: 'rollback', key: 'key-1', fingerprint }, () => haveEffect(tx, 'rollback'));
    throw new Error('after the effect');
  });
  await expect(failed).rejects.toThrow('after the effect');

  expect(await call(second, 'rollback')).toMatchObject({ replayed: false });
  expect(await effectCount('rollback')).toBe(1);
});

test('a duplicate that waits for a call that rolls back runs itself', async () => {
  const inside = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const doomed = first.database.transaction((tx) =>
    withIdempotency(tx, { scope: 'waiting', key: 'key-1', fingerprint }, async () => {
      await haveEffect(tx, 'waiting');
      inside.resolve();
      await goOn.promise;
      throw new Error('lost');
    }),
  );
  await inside.promise;
  const duplicate = call(second, 'waiting');
  await untilWaiting(first.database);
  goOn.resolve();

  await expect(doomed).rejects.toThrow('lost');
  expect(await duplicate).toMatchObject({ replayed: false });
  expect(await effectCount('waiting')).toBe(1);
});

test('a caller that catches the error and commits does not keep the key', async () => {
  await first.database.transaction(async (tx) => {
    await withIdempotency(tx, { scope: 'caught', key: 'key-1', fingerprint }, async () => {
      throw new Error('transient');
    }).catch(() => undefined);
  });
  expect(await call(second, 'caught')).toMatchObject({ replayed: false });
});

test('the same key with another fingerprint is refused and has no effect', async () => {
  await call(first.database, 'mismatch');
  const error = await call(second, 'mismatch', { fingerprint: otherFingerprint }).catch((thrown: unknown) => thrown);

  expect(isPlatformError(error, 'IDEMPOTENCY_KEY_REUSED')).toBe(true);
  expect(error).toMatchObject({ code: 'failed_precondition', httpStatus: 422, executed: 'no', retry: 'never' });
  expect(await effectCount('mismatch')).toBe(1);
});

test('a duplicate of a running call with another fingerprint is refused after the wait', async () => {
  const inside = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const running = first.database.transaction((tx) =>
    withIdempotency(tx, { scope: 'running', key: 'key-1', fingerprint }, async () => {
      inside.resolve();
      await goOn.promise;
      return haveEffect(tx, 'running');
    }),
  );
  await inside.promise;
  const duplicate = call(second, 'running', { fingerprint: otherFingerprint }).catch((thrown: unknown) => thrown);
  await untilWaiting(first.database);
  goOn.resolve();

  await running;
  expect(isPlatformError(await duplicate, 'IDEMPOTENCY_KEY_REUSED')).toBe(true);
});

test('an expired record is not replayed, whatever its fingerprint', async () => {
  const before = await call(first.database, 'expired');
  await first.database.query(`UPDATE idempotency_records SET expires_at = now() WHERE scope = 'expired'`);
  const after = await call(second, 'expired', { fingerprint: otherFingerprint });
  const again = await call(second, 'expired', { fingerprint: otherFingerprint });

  expect(after.replayed).toBe(false);
  expect(text(after.response)).not.toBe(text(before.response));
  expect(again).toEqual({ response: after.response, replayed: true });
});

test('20 calls at once on one expired record have 1 new effect', async () => {
  await call(first.database, 'expired-storm');
  await first.database.query(`UPDATE idempotency_records SET expires_at = now() WHERE scope = 'expired-storm'`);
  const results = await Promise.all(Array.from({ length: 20 }, () => call(second, 'expired-storm')));

  expect(results.filter(({ replayed }) => !replayed)).toHaveLength(1);
  expect(await effectCount('expired-storm')).toBe(2);
});

test('the record lives for the given time', async () => {
  await call(first.database, 'ttl', { ttlMs: 90_000 });
  const { rows } = await first.database.query<{ seconds: string }>(
    `SELECT extract(epoch FROM expires_at - created_at)::text AS seconds FROM idempotency_records WHERE scope = 'ttl'`,
  );
  expect(Number(rows[0]?.seconds)).toBe(90);
});

test('an empty answer and one of 64 KiB come back byte for byte', async () => {
  for (const [scope, answer] of [
    ['empty', new Uint8Array()],
    ['large', crypto.getRandomValues(new Uint8Array(65_536))],
  ] as const) {
    const run = () =>
      second.transaction((tx) => withIdempotency(tx, { scope, key: 'key-1', fingerprint }, async () => answer));
    await run();
    expect(await run()).toEqual({ response: answer, replayed: true });
  }
});

test('one key in two scopes is two keys', async () => {
  await call(first.database, 'scope-a');
  expect(await call(first.database, 'scope-b')).toMatchObject({ replayed: false });
});

test('a duplicate that waits longer than its statement time-out is told that the first is in progress', async () => {
  await using hasty = await openDatabase({ url: first.url, name: 'hasty', statementTimeoutMs: 100 });
  const inside = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const running = first.database.transaction((tx) =>
    withIdempotency(tx, { scope: 'slow', key: 'key-1', fingerprint }, async () => {
      inside.resolve();
      await goOn.promise;
      return haveEffect(tx, 'slow');
    }),
  );
  await inside.promise;
  const error = await call(hasty, 'slow').catch((thrown: unknown) => thrown);
  goOn.resolve();
  await running;

  expect(isPlatformError(error, 'IDEMPOTENCY_IN_PROGRESS')).toBe(true);
  expect(error).toMatchObject({ retry: 'after', executed: 'no' });
  expect(await call(hasty, 'slow')).toMatchObject({ replayed: true });
});

test('a pool in place of a transaction, a short fingerprint and a bad scope are refused', async () => {
  const run = async (): Promise<Uint8Array> => new Uint8Array();
  const options = { scope: 'options', key: 'key-1', fingerprint };
  const refused = { reason: 'OPTION_INVALID' };
  await expect(withIdempotency(first.database, options, run)).rejects.toMatchObject(refused);
  for (const wrong of [{ fingerprint: new Uint8Array(31) }, { scope: '' }, { ttlMs: 0 }]) {
    const attempt = first.database.transaction((tx) => withIdempotency(tx, { ...options, ...wrong }, run));
    await expect(attempt).rejects.toMatchObject(refused);
  }
  const badKey = first.database.transaction((tx) => withIdempotency(tx, { ...options, key: 'a b' }, run));
  await expect(badKey).rejects.toMatchObject({ reason: 'IDEMPOTENCY_KEY_INVALID' });
});

/** Resolves when a connection waits for a lock that another holds. */
async function untilWaiting(database: Database): Promise<void> {
  for (;;) {
    const waiting = await database.query(
      `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
    );
    if (waiting.rowCount > 0) return;
  }
}
