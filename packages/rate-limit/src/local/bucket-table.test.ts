import { describe, expect, test } from 'vitest';
import { holds } from '../token-bucket.ts';
import { BucketTable } from './bucket-table.ts';

const limit = { limitPerMinute: 10, burst: 20 };
const hour = 3_600_000;

function use(table: BucketTable, key: string, nowMs: number, cost = 1): boolean {
  const bucket = table.look(key, limit, nowMs);
  if (!holds(limit, bucket.missing, cost)) return false;
  table.charge(bucket, cost, nowMs);
  return true;
}

describe('idle buckets', () => {
  test('go after an hour, by the charges of others', () => {
    const table = new BucketTable({ maxKeys: 100, idleMs: hour });
    for (let key = 0; key < 50; key++) use(table, `key ${key}`, key);

    for (let call = 0; call < 2_000; call++) table.charge(table.look('other', limit, 0), 1, hour - 100);
    expect(table.stats()).toMatchObject({ keys: 51, dropped: 0 });
    for (let call = 0; call < 2_000; call++) table.charge(table.look('other', limit, 0), 1, 2 * hour);

    expect(table.stats()).toEqual({ keys: 1, dropped: 50, shared: 0 });
  });

  test('stay while they are not full, because dropping one would forgive what was used', () => {
    const table = new BucketTable({ maxKeys: 100, idleMs: 1_000 });
    use(table, 'a', 0, 20);
    const others = (nowMs: number): void => {
      for (let call = 0; call < 2_000; call++) table.charge(table.look('b', limit, 0), 1, nowMs);
    };

    others(119_999);
    expect(table.stats().dropped).toBe(0);
    others(120_000);

    expect(table.stats().dropped).toBe(1);
  });
});

describe('a full table', () => {
  test('gives the place of a full bucket to a new key, never that of one in use', () => {
    const table = new BucketTable({ maxKeys: 2, idleMs: hour });
    use(table, 'a', 0, 20);
    use(table, 'b', 0);

    use(table, 'c', 7_000, 20);

    expect(table.stats()).toEqual({ keys: 2, dropped: 1, shared: 0 });
    expect(use(table, 'a', 7_000, 20)).toBe(false);
  });

  test('of buckets in use makes new keys share one: 1,000 invented keys get 20 calls together', () => {
    const table = new BucketTable({ maxKeys: 5, idleMs: hour });
    for (let key = 0; key < 5; key++) use(table, `own ${key}`, 0, 20);

    let admitted = 0;
    for (let key = 0; key < 1_000; key++) if (use(table, `invented ${key}`, 0)) admitted += 1;

    expect(admitted).toBe(20);
    expect(table.stats()).toEqual({ keys: 5, dropped: 0, shared: 20 });
    expect(use(table, 'own 3', 0)).toBe(false);
  });

  test('counts what was shared against a key that gets its own bucket afterwards', () => {
    const table = new BucketTable({ maxKeys: 1, idleMs: hour });
    use(table, 'own', 0, 2);
    expect(use(table, 'late', 0, 20)).toBe(true);

    expect(use(table, 'late', 12_000, 3)).toBe(false);
    expect(use(table, 'late', 12_000, 2)).toBe(true);
  });
});

test('buckets that others moved since they were looked at are charged where they stand now', () => {
  const table = new BucketTable({ maxKeys: 10_000, idleMs: 1 });
  const names = Array.from({ length: 200 }, (_, n) => `key ${n}`);
  for (const name of names) use(table, name, 0, 1 + (name.length % 2));
  const buckets = names.map((name) => table.look(name, limit, 12_000));

  // Full ones go and new ones come, so that places move.
  for (let key = 0; key < 5_000; key++) use(table, `new ${key}`, 12_000);
  for (const bucket of buckets) table.charge(bucket, 3, 12_000);

  for (const name of names) expect(table.look(name, limit, 12_000).missing).toBe(3);
});

test('20,000 buckets come, grow, move and go, and every one keeps what was taken from it', () => {
  const table = new BucketTable({ maxKeys: 100_000, idleMs: 1 });
  for (let key = 0; key < 20_000; key++) use(table, `key ${key}`, 0, (key % 20) + 1);
  // At 60 s ten tokens are back everywhere, so every second bucket may go.
  for (let call = 0; call < 40_000; call++) table.charge(table.look('other', limit, 0), 0, 60_000);

  for (let key = 0; key < 20_000; key++) {
    expect(table.look(`key ${key}`, limit, 60_000).missing).toBe(Math.max(0, (key % 20) + 1 - 10));
  }
  expect(table.stats().dropped).toBe(0);
  table.charge(table.look('other', limit, 0), 1, 60_000);
  for (let call = 0; call < 40_000; call++) table.charge(table.look('other', limit, 0), 0, 60_000);
  expect(table.stats()).toMatchObject({ keys: 10_001, dropped: 10_000 });
});
