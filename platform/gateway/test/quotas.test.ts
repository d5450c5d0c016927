import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { silentLogger, systemClock } from '@mainstay/kernel';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createQuotaStore } from '../src/quotas/quota-store.ts';
import { Quotas } from '../src/quotas/quotas.ts';

const migrations = [new URL('../migrations/', import.meta.url)];

describe('monthly quotas', () => {
  let db: TestDatabase;
  beforeEach(async () => {
    db = await testDatabase({ migrations });
  });
  afterEach(() => db[Symbol.asyncDispose]());

  const open = (block = 1): Quotas =>
    new Quotas({
      store: createQuotaStore(db.database),
      block,
      timeoutMs: 30_000,
      clock: systemClock,
      logger: silentLogger,
    });
  const used = async (): Promise<number> => {
    const { rows } = await db.database.query<{ used: string }>('select used from quota_usage');
    return Number(rows[0]?.used ?? 0);
  };
  const takeMany = async (quotas: readonly Quotas[], calls: number, quota: number): Promise<number> => {
    const asked = Array.from({ length: calls }, (_, n) => quotas[n % quotas.length]!.take('acme', quota));
    return (await Promise.all(asked.map(async (decision) => decision))).filter(({ allowed }) => allowed).length;
  };

  it.each([1, 10])(
    'of 1,000 admit 1,000 of 1,500 calls over 3 replicas with blocks of %i, once blocks are given back',
    async (block) => {
      const replicas = [open(block), open(block), open(block)];

      let admitted = await takeMany(replicas, 1_500, 1_000);
      for (const quotas of replicas) await quotas[Symbol.asyncDispose]();
      admitted += await takeMany([open()], 100, 1_000);

      expect([admitted, await used()]).toEqual([1_000, 1_000]);
    },
  );

  it('tell what is left and when the month ends, to the second', async () => {
    const quotas = open();

    const first = await quotas.take('acme', 2);
    await quotas.take('acme', 2);
    const refused = await quotas.take('acme', 2);

    const now = new Date();
    const endsAtMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
    expect(first).toMatchObject({ allowed: true, quota: 2, remaining: 1 });
    expect(refused).toMatchObject({ allowed: false, quota: 2, remaining: 0 });
    expect(Math.abs(first.resetInMs - (endsAtMs - now.getTime()))).toBeLessThan(1_000);
  });

  it('begin anew with the month, which the database decides', async () => {
    await takeMany([open()], 5, 3);
    await db.database.query(`update quota_usage set month = (month - interval '1 month')::date`);

    expect(await takeMany([open()], 5, 3)).toBe(3);
  });

  it('that a tier gets count from the next call', async () => {
    const quotas = open();
    expect(await takeMany([quotas], 5, 3)).toBe(3);

    expect(await takeMany([quotas], 5, 7)).toBe(4);
    expect(await takeMany([quotas], 5, 3)).toBe(0);
  });

  it('do not stop calls while the database records nothing; what was admitted is recorded when it does again', async () => {
    const quotas = open();
    await takeMany([quotas], 2, 10);

    await db.database.query('alter table quota_usage add constraint away check (used < 0) not valid');
    expect(await takeMany([quotas], 3, 10)).toBe(3);
    await db.database.query('alter table quota_usage drop constraint away');
    await quotas[Symbol.asyncDispose]();

    expect(await used()).toBe(5);
  });

  it.each([
    { block: 1, most: 1 },
    { block: 20, most: 20 },
  ])(
    'survive kill -9 with blocks of $block: the count is what was admitted, and at most $most more',
    async ({ block, most }) => {
      const script = fileURLToPath(new URL('fixtures/quota-process.ts', import.meta.url));
      const child = spawn(process.execPath, [script, db.url, String(block), '100000'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let admitted = 0;
      await new Promise<void>((resolve) => {
        child.stdout.on('data', (chunk: Buffer) => {
          admitted += chunk.length;
          if (admitted >= 200) resolve();
        });
      });
      child.kill('SIGKILL');
      await once(child, 'close');

      const counted = await used();
      expect(counted).toBeGreaterThanOrEqual(admitted);
      expect(counted).toBeLessThanOrEqual(admitted + most);
      expect(await takeMany([open()], 100, counted + 40)).toBe(40);
    },
  );
});
