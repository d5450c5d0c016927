import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bulkImport, bulkImportMigrations, importProblems, linesOfFile, readImport } from '@mainstay/postgres';
import { type TestDatabase, testDatabase } from '@mainstay/postgres/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { importOf, linesOf, type Parts } from './parts.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase({
    migrations: [bulkImportMigrations, { name: 'parts', directory: new URL('fixtures/parts/', import.meta.url) }],
  });
});
afterAll(() => db[Symbol.asyncDispose]());
beforeEach(() => db.database.query('TRUNCATE parts, bulk_imports CASCADE'));

const counts = async (): Promise<object | undefined> =>
  (await db.database.query('SELECT count(*)::int AS rows, count(DISTINCT sku)::int AS skus FROM parts')).rows[0];
const run = (own: Partial<Parts> = {}) => bulkImport(importOf(db.database, own));

test('2,503 lines are imported in 3 transactions, and those that cannot be are kept with line, field and reason', async () => {
  const lines = linesOf(2_503);
  lines[6] = 'not a line';
  lines[1_000] = 'p1001|-3';
  lines[1_001] = 'p1|5';
  lines[2_502] = 'p2503|99999999999';
  const seen: number[] = [];

  const progress = await run({ lines, onProgress: ({ lines: done }) => seen.push(done) });

  expect(progress).toEqual({ state: 'completed', lines: 2_503, imported: 2_499, rejected: 4 });
  expect(seen).toEqual([1_000, 2_000, 2_503]);
  expect(await counts()).toEqual({ rows: 2_499, skus: 2_499 });
  const problems = await importProblems(db.database, 'parts-1');
  expect(problems.map(({ line, field, reason }) => [line, field, reason])).toEqual([
    [7, '', 'line.shape'],
    [1_001, 'parts_quantity_positive', 'DATABASE_CONSTRAINT_VIOLATED'],
    [1_002, 'parts_sku_key', 'DATABASE_UNIQUE_VIOLATION'],
    [2_503, '', 'DATABASE_VALUE_INVALID'],
  ]);
  expect(await importProblems(db.database, 'parts-1', { afterLine: 7, limit: 1 })).toMatchObject([{ line: 1_001 }]);
});

test('values arrive as they are, whatever they hold', async () => {
  const value = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', ''));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(value, fc.option(fc.uint8Array()), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n))),
      async (rows) => {
        const back = await db.database.transaction(async (tx) => {
          await tx.query('CREATE TEMP TABLE copied (at int, text text, bytes bytea, number bigint) ON COMMIT DROP');
          const target = { table: 'copied', columns: ['at', 'text', 'bytes', 'number'] };
          const copied = await tx.copyIn(
            target,
            rows.map((row, at) => [at, row[0], row[1] && Buffer.from(row[1]), row[2]]),
          );
          expect(copied).toBe(rows.length);
          return (
            await tx.query<{ text: string; bytes: Buffer | null; number: bigint }>('SELECT * FROM copied ORDER BY at')
          ).rows;
        });
        expect(back.map(({ text, bytes, number }) => [text, bytes && new Uint8Array(bytes), number])).toEqual(rows);
      },
    ),
    { numRuns: 30 },
  );
});

test('an import that is stopped after 1 of 3 batches goes on with the second', async () => {
  const stop = new AbortController();
  const stopped = await run({
    signal: stop.signal,
    lines: linesOf(2_500),
    onProgress: () => undefined,
    ...abortAt(stop),
  });
  expect(stopped).toEqual({ state: 'stopped', lines: 1_000, imported: 1_000, rejected: 0 });
  expect(await readImport(db.database, 'parts-1')).toEqual(stopped);
  expect(await run({ lines: linesOf(2_500) })).toMatchObject({ state: 'completed', imported: 2_500 });
  expect(await counts()).toEqual({ rows: 2_500, skus: 2_500 });
  expect(await run({ lines: linesOf(2_500) })).toMatchObject({ state: 'completed', imported: 2_500 });
});

/** Aborts while the first batch is read. */
function abortAt(stop: AbortController): Pick<Parts, 'parse'> {
  const { parse } = importOf(db.database, {});
  return {
    parse(text, line) {
      stop.abort();
      return parse(text, line);
    },
  };
}

test('a file is read from its first line on, also when it is asked for late', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mainstay-lines-'));
  try {
    await writeFile(join(folder, 'parts'), linesOf(2_000).join('\r\n'));
    const lines = linesOfFile(join(folder, 'parts'));
    await db.database.ping();
    expect(await run({ lines })).toMatchObject({ state: 'completed', imported: 2_000 });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('other content under the id of an import is refused with both said', async () => {
  await run({ lines: linesOf(1) });
  await expect(run({ digest: 'other' })).rejects.toMatchObject({ reason: 'BULK_IMPORT_CHANGED', executed: 'no' });
  expect(await readImport(db.database, 'never')).toBeUndefined();
});

test('a batch whose apply fails leaves none of its rows, and the import is where it was', async () => {
  const failing = run({
    lines: linesOf(1_500),
    apply: async (tx) => {
      await importOf(db.database, {}).apply(tx);
      throw new TypeError('mistake');
    },
  });
  await expect(failing).rejects.toThrow('mistake');
  expect(await counts()).toEqual({ rows: 0, skus: 0 });
  expect(await readImport(db.database, 'parts-1')).toMatchObject({ state: 'running', lines: 0 });
});

test('two that run one import at once import each row once, and one of them is told so', async () => {
  const ended = await Promise.allSettled([run({ lines: linesOf(5_000) }), run({ lines: linesOf(5_000) })]);
  const reasons = ended.map((one) => (one.status === 'rejected' ? one.reason.reason : one.value.state));
  expect(reasons).toContain('completed');
  expect(reasons.filter((reason) => reason !== 'completed')).toEqual(
    reasons.includes('BULK_IMPORT_BUSY') ? ['BULK_IMPORT_BUSY'] : [],
  );
  expect(await counts()).toEqual({ rows: 5_000, skus: 5_000 });
});

test.each([
  ['bulk-import.before-commit', 2, 1_000],
  ['bulk-import.after-commit', 2, 2_000],
])(
  'killed with -9 at %s of batch %i it has %i lines, and the next run imports each row of 3,500 once',
  async (point, batch, lines) => {
    const child = fork(fileURLToPath(new URL('fixtures/dying-import.ts', import.meta.url)), [
      db.url,
      point,
      String(batch),
    ]);
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGKILL');
    expect(await readImport(db.database, 'parts-1')).toMatchObject({ state: 'running', lines });

    expect(await run({ lines: linesOf(3_500) })).toMatchObject({ state: 'completed', imported: 3_500, rejected: 0 });
    expect(await counts()).toEqual({ rows: 3_500, skus: 3_500 });
  },
);

test.each([
  { batchSize: 0 },
  { batchSize: 1.5 },
  { columns: { 'Sku; DROP': 'text' } },
  { columns: { sku: 'text); DROP' } },
])('the options %o are refused', async (own) => {
  await expect(run({ lines: linesOf(1), ...own } as Partial<Parts>)).rejects.toMatchObject({
    reason: 'OPTION_INVALID',
  });
});
