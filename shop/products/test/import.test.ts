import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { bulkImportMigrations, readImport } from '@mainstay/postgres';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';

let db: TestDatabase;
let folder: string;
beforeAll(async () => {
  db = await testDatabase({ migrations: [bulkImportMigrations, new URL('../migrations/', import.meta.url)] });
  folder = await mkdtemp(join(tmpdir(), 'mainstay-import-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await db[Symbol.asyncDispose]();
});

const product = (n: number, own: object = {}): string =>
  JSON.stringify({
    name: `Screw ${n}`,
    sku: `SCREW-${n}`,
    category: 'screws',
    price: { currency_code: 'USD', minor_units: '12' },
    stock_quantity: 3,
    ...own,
  });

async function fileOf(name: string, lines: readonly string[]): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
}

function start(path: string) {
  const main = fileURLToPath(new URL('../src/import/main.ts', import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, main, path, path], {
    env: { ...process.env, PRODUCTS_DATABASE_URL: db.url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { child, lines: createInterface({ input: child.stdout }), ended: once(child, 'exit') };
}

async function outputOf(path: string): Promise<readonly string[]> {
  const { lines, ended } = start(path);
  const output: string[] = [];
  for await (const line of lines) output.push(line);
  expect(await ended).toEqual([0, null]);
  return output;
}

const stockOf = async (beginning: string): Promise<object | undefined> =>
  (
    await db.database.query(
      `SELECT count(*)::int AS products, count(DISTINCT sku)::int AS skus, sum(on_hand)::int AS pieces,
              (SELECT sum(on_hand_delta)::int FROM stock_movements AS movement
                 JOIN products AS product ON product.id = movement.product_id WHERE product.sku LIKE $1) AS moved
         FROM products JOIN stock ON product_id = products.id WHERE sku LIKE $1`,
      [`${beginning}%`],
    )
  ).rows[0];

test('of 9 lines the 2 good ones are products with their stock, and 7 are told with line, field and reason', async () => {
  const path = await fileOf('some.jsonl', [
    product(1, { sku: 'FEW-1' }),
    '{"name": ',
    product(2, { sku: 'few-1' }),
    product(3, { sku: 'FEW-3', stock_quantity: -1 }),
    product(4, { sku: 'FEW-4', price: undefined }),
    product(5, { sku: 'FEW-5', stock_quantity: 0 }),
    product(6, { sku: 'FEW-6', stock_quantity: 'secret' }),
    product(7, { sku: 'FEW-7', price: { currency: 'USD', minor_units: '1' } }),
    '[]',
  ]);

  const output = await outputOf(path);

  expect(output.slice(0, 2)).toEqual(['9 lines', 'completed at line 9: 2 imported, 7 rejected']);
  expect(output.slice(2).map((line) => line.replace(/(line \d+: \S*) .*(\(.*\))/, '$1 $2'))).toEqual([
    'line 2:  (line.shape)',
    'line 3: sku (sku.taken)',
    'line 4: stock_quantity (int32.gte_lte)',
    'line 5: price (required)',
    'line 7: stock_quantity (line.value)',
    'line 8: currency (line.field)',
    'line 9:  (line.shape)',
  ]);
  expect(output.join()).not.toContain('secret');
  expect(await stockOf('FEW')).toEqual({ products: 2, skus: 2, pieces: 3, moved: 3 });
});

test('killed with -9 after some of 3 batches, the same command goes on, and each of 3,000 products is there once', async () => {
  const path = await fileOf(
    'many.jsonl',
    Array.from({ length: 3_000 }, (_, n) => product(n)),
  );
  const { child, lines, ended } = start(path);
  for await (const line of lines) {
    if (line === '1000 lines') child.kill('SIGKILL');
  }
  expect(await ended).toEqual([null, 'SIGKILL']);
  const killed = await readImport(db.database, path);
  expect(killed).toMatchObject({ state: 'running', rejected: 0 });
  expect(killed?.lines).toBeLessThan(3_000);

  expect((await outputOf(path)).at(-1)).toBe('completed at line 3000: 3000 imported, 0 rejected');

  expect(await stockOf('SCREW')).toEqual({ products: 3_000, skus: 3_000, pieces: 9_000, moved: 9_000 });
});
