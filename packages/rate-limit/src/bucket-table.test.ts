import { describe, expect, test } from 'vitest';
import { createBucketTable } from './bucket-table.ts';
import type { Tier } from './tiers.ts';
import { take } from './token-bucket.ts';

const tier: Tier = { limitPerMinute: 10, burst: 20 };
const hour = 3_600_000;

function use(table: ReturnType<typeof createBucketTable>, key: string, nowMs: number, cost = 1): boolean {
  return take(table.find(key, tier, nowMs), cost, nowMs).taken;
}

describe('idle buckets', () => {
  test('go after an hour, by the questions of others', () => {
    const table = createBucketTable({ maxKeys: 100, idleMs: hour });
    for (let key = 0; key < 50; key++) use(table, `key ${key}`, key);

    for (let question = 0; question < 25; question++) use(table, 'other', hour - 100);
    expect(table.stats()).toMatchObject({ keys: 51, dropped: 0 });
    // Two slots a question, and the hand passes the one in use as well.
    for (let question = 0; question < 26; question++) use(table, 'other', 2 * hour);

    expect(table.stats()).toEqual({ keys: 1, dropped: 50, shared: 0 });
  });

  test('stay while they are not full, because dropping one would forgive what was used', () => {
    const table = createBucketTable({ maxKeys: 100, idleMs: 1_000 });
    use(table, 'a', 0, 20);

    use(table, 'b', 119_999);
    expect(table.stats().dropped).toBe(0);
    use(table, 'b', 120_000);

    expect(table.stats().dropped).toBe(1);
  });

  test('used again in time stay', () => {
    const table = createBucketTable({ maxKeys: 100, idleMs: hour });
    use(table, 'a', 0);
    use(table, 'b', 1);

    use(table, 'a', hour - 1);
    use(table, 'c', hour + 1);

    expect(table.stats()).toMatchObject({ keys: 2, dropped: 1 });
  });
});

describe('a full table', () => {
  test('gives the place of a full bucket to a new key, never that of one in use', () => {
    const table = createBucketTable({ maxKeys: 2, idleMs: hour });
    use(table, 'a', 0);
    use(table, 'b', 0);
    use(table, 'a', 6_000);

    use(table, 'c', 7_000);

    expect(table.stats()).toEqual({ keys: 2, dropped: 1, shared: 0 });
    expect(use(table, 'a', 7_000, 20)).toBe(false);
  });

  test('of buckets in use makes new keys share one: 1,000 invented keys get 20 calls together', () => {
    const table = createBucketTable({ maxKeys: 5, idleMs: hour });
    for (let key = 0; key < 5; key++) use(table, `own ${key}`, 0, 20);

    let admitted = 0;
    for (let key = 0; key < 1_000; key++) if (use(table, `invented ${key}`, 0)) admitted += 1;

    expect(admitted).toBe(20);
    expect(table.stats()).toEqual({ keys: 5, dropped: 0, shared: 1_000 });
    expect(use(table, 'own 3', 0)).toBe(false);
  });

  test('counts what was shared against a key that gets its own bucket afterwards', () => {
    const table = createBucketTable({ maxKeys: 1, idleMs: hour });
    use(table, 'own', 0, 2);
    expect(use(table, 'late', 0, 20)).toBe(true);

    expect(use(table, 'late', 12_000, 3)).toBe(false);
    expect(use(table, 'late', 12_000, 2)).toBe(true);
    expect(table.stats()).toEqual({ keys: 1, dropped: 1, shared: 1 });
  });

  test('never holds more than its limit', () => {
    const table = createBucketTable({ maxKeys: 10, idleMs: hour });

    for (let key = 0; key < 10_000; key++) use(table, `key ${key}`, key * 1_000);

    expect(table.stats().keys).toBeLessThanOrEqual(10);
  });
});
