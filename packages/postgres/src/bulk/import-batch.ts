import { requireSqlName } from '../locks/names.ts';
import { constraintOf, isRefusedData } from '../sql-error.ts';
import type { Transaction } from '../transaction/transaction.ts';
import type { ImportProblem } from './import-record.ts';

/** A line that was read well: its number and its values, one for each column. */
export interface ImportRow {
  readonly line: number;
  readonly values: readonly unknown[];
}

/** Where the rows of a batch go. */
export interface ImportTarget {
  /** Columns of the table `import_batch` with their types, beside `line bigint`. */
  readonly columns: Readonly<Record<string, string>>;
  /**
   * Moves the rows of the temporary table `import_batch` to where they belong, and tells which were rejected; the others count as imported.
   *
   * Runs inside the batch's transaction, again for each half of the batch when it fails on the data.
   */
  apply(tx: Transaction): Promise<readonly ImportProblem[]>;
}

const typeShape = /^[a-z][a-z0-9 ]*(\([0-9, ]+\))?(\[\])?$/;

/** Makes the temporary table of a batch; it is gone with the transaction. */
export async function createBatchTable(tx: Transaction, { columns }: ImportTarget): Promise<void> {
  const own = Object.entries(columns).map(([name, type]) => {
    requireSqlName('import.columns', name);
    if (!typeShape.test(type)) requireSqlName(`type of ${name}`, type);
    return `, ${name} ${type}`;
  });
  await tx.query(`CREATE TEMPORARY TABLE import_batch (line bigint NOT NULL${own.join('')}) ON COMMIT DROP`);
}

/**
 * Imports rows, each that can be; finds those that the database refuses by halving the batch.
 *
 * Cost: one `COPY` and what `apply` does; for each refused row about twice the logarithm of the batch's size of that.
 */
export async function importRows(
  rows: readonly ImportRow[],
  { target, transact }: { readonly target: ImportTarget; readonly transact: Nested },
): Promise<readonly ImportProblem[]> {
  if (rows.length === 0) return [];
  try {
    return await transact(async (part) => {
      await part.query('TRUNCATE import_batch');
      await part.copyIn(
        { table: 'import_batch', columns: ['line', ...Object.keys(target.columns)] },
        rows.map(({ line, values }) => [line, ...values]),
      );
      return await target.apply(part);
    });
  } catch (error) {
    if (!isRefusedData(error)) throw error;
    if (rows.length === 1) return [problemOf(rows[0]!, error)];
    const half = rows.length >> 1;
    const first = await importRows(rows.slice(0, half), { target, transact });
    return [...first, ...(await importRows(rows.slice(half), { target, transact }))];
  }
}

/** Runs a part of the batch's transaction that can be undone alone. */
export type Nested = <T>(run: (part: Transaction) => Promise<T>) => Promise<T>;

function problemOf({ line }: ImportRow, error: unknown): ImportProblem {
  const { reason, rawMessage } = error as { readonly reason: string; readonly rawMessage: string };
  return { line, field: constraintOf(error) ?? '', reason, message: rawMessage };
}
