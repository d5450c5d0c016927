import { faultPoint, optionError } from '@mainstay/kernel';
import type { Database } from '../database/database.ts';
import { createBatchTable, type ImportRow, type ImportTarget, importRows } from './import-batch.ts';
import {
  holdImport,
  type ImportProblem,
  type ImportProgress,
  keepProblems,
  moveImport,
  openImport,
} from './import-record.ts';

/** One import. */
export interface BulkImport extends ImportTarget {
  readonly database: Database;
  /** Names the import; called again with it, the import goes on behind the last batch that was committed. 1 to 200 characters. */
  readonly id: string;
  /** Names the content, for example its SHA-256: an import does not go on with another one. */
  readonly digest: string;
  /** The content from its first line on, also when the import goes on. */
  readonly lines: AsyncIterable<string> | Iterable<string>;
  /** Reads a line: the values of the columns in their order, or what is wrong with it. */
  readonly parse: (text: string, line: number) => readonly unknown[] | { readonly problems: readonly ImportProblem[] };
  /** Lines of one transaction, 1 to 100,000, default 1,000. */
  readonly batchSize?: number;
  /** Stops the import behind the batch that runs. */
  readonly signal?: AbortSignal | undefined;
  /** Hears of each batch that is committed. */
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined;
}

/**
 * Imports many rows with `COPY`: those that can be, with a kept reason for each of the others.
 *
 * Each batch is one transaction with its rows, its problems and how far the import has come, so that a process that dies anywhere loses a batch at most, and
 * the next call imports each row once. Two that run the same import at once do not import a row twice: one of them ends with `BULK_IMPORT_BUSY`.
 *
 * Cost: one `COPY` and some statements a batch; holds one batch in memory. Needs `bulkImportMigrations`.
 *
 * @returns how far it has come: `completed`, or `stopped` by the signal.
 * @throws {@link PlatformError} `BULK_IMPORT_CHANGED`, `BULK_IMPORT_BUSY`, what `apply` throws, or that the database is away; call again to go on.
 */
export async function bulkImport(options: BulkImport): Promise<ImportProgress> {
  const { database, id, digest, lines, batchSize = 1_000, onProgress } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > 100_000) {
    throw optionError('batchSize', 'an integer of 1 to 100,000', batchSize);
  }
  let progress = await openImport(database, id, digest);
  if (progress.state === 'completed') return progress;
  let batch: string[] = [];
  let line = 0;
  const commit = async (isLast: boolean): Promise<void> => {
    progress = await commitBatch(options, { progress, batch, isLast });
    batch = [];
    const point = faultPoint('bulk-import.after-commit');
    if (point !== undefined) await point;
    onProgress?.(progress);
  };
  for await (const text of lines) {
    line += 1;
    if (line <= progress.lines) continue;
    batch.push(text);
    if (batch.length < batchSize) continue;
    await commit(false);
    if (progress.state === 'stopped') return progress;
  }
  await commit(true);
  return progress;
}

interface Batch {
  readonly progress: ImportProgress;
  readonly batch: readonly string[];
  readonly isLast: boolean;
}

async function commitBatch(options: BulkImport, { progress, batch, isLast }: Batch): Promise<ImportProgress> {
  const { database, id, signal } = options;
  const { rows, problems } = readBatch(options, batch, progress.lines);
  return await database.transaction({ name: 'bulk-import' }, async (tx) => {
    await holdImport(tx, id, progress.lines);
    const rejected = new Map<number, ImportProblem[]>();
    for (const problem of problems) rejected.set(problem.line, [...(rejected.get(problem.line) ?? []), problem]);
    if (rows.length > 0) {
      await createBatchTable(tx, options);
      const transact = <T>(run: (part: typeof tx) => Promise<T>): Promise<T> =>
        database.transaction({ name: 'bulk-import-part', propagation: 'nested' }, run);
      for (const problem of await importRows(rows, { target: options, transact })) {
        rejected.set(problem.line, [...(rejected.get(problem.line) ?? []), problem]);
      }
    }
    await keepProblems(tx, id, [...rejected.values()].flat());
    const to: ImportProgress = {
      state: isLast ? 'completed' : signal?.aborted === true ? 'stopped' : 'running',
      lines: progress.lines + batch.length,
      imported: progress.imported + batch.length - rejected.size,
      rejected: progress.rejected + rejected.size,
    };
    await moveImport(tx, id, to);
    const point = faultPoint('bulk-import.before-commit');
    if (point !== undefined) await point;
    return to;
  });
}

function readBatch(
  { parse }: BulkImport,
  batch: readonly string[],
  linesBefore: number,
): { readonly rows: readonly ImportRow[]; readonly problems: readonly ImportProblem[] } {
  const rows: ImportRow[] = [];
  const problems: ImportProblem[] = [];
  batch.forEach((text, index) => {
    const line = linesBefore + index + 1;
    const parsed = parse(text, line);
    if ('problems' in parsed) problems.push(...parsed.problems);
    else rows.push({ line, values: parsed });
  });
  return { rows, problems };
}
