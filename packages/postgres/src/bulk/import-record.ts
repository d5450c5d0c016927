import { PlatformError, type SqlExecutor } from '@mainstay/kernel';
import { postgresReasons as reasons } from '../errors.ts';

/** What was wrong with a line. */
export interface ImportProblem {
  /** From 1 on. */
  readonly line: number;
  /** Field or constraint; '' for the line as a whole. */
  readonly field: string;
  /** Stable word, for example `sku.taken`. */
  readonly reason: string;
  readonly message: string;
}

/** How far an import has come. */
export interface ImportProgress {
  /** `stopped` was cancelled and can go on. */
  readonly state: 'running' | 'stopped' | 'completed';
  /** Lines that were imported or rejected. */
  readonly lines: number;
  readonly imported: number;
  readonly rejected: number;
}

interface Row {
  readonly digest: string;
  readonly state: ImportProgress['state'];
  readonly lines_done: bigint;
  readonly imported: bigint;
  readonly rejected: bigint;
}

const columns = 'digest, state, lines_done, imported, rejected';

/** Begins an import, or takes up one of the same content. @throws {@link PlatformError} `BULK_IMPORT_CHANGED`. */
export async function openImport(sql: SqlExecutor, id: string, digest: string): Promise<ImportProgress> {
  const { rows } = await sql.query<Row>(
    `INSERT INTO bulk_imports AS i (id, digest, state) VALUES ($1, $2, 'running')
     ON CONFLICT (id) DO UPDATE SET state = CASE WHEN i.state = 'stopped' AND i.digest = $2 THEN 'running' ELSE i.state END
     RETURNING ${columns}`,
    [id, digest],
  );
  const row = rows[0]!;
  if (row.digest === digest) return progressOf(row);
  throw new PlatformError(
    reasons.BULK_IMPORT_CHANGED,
    `import ${id} was begun with other content, and is at line ${row.lines_done}; take another id for this one`,
  );
}

/** Reads how far an import has come; undefined when there is none of that id. */
export async function readImport(sql: SqlExecutor, id: string): Promise<ImportProgress | undefined> {
  const { rows } = await sql.query<Row>(`SELECT ${columns} FROM bulk_imports WHERE id = $1`, [id]);
  return rows[0] && progressOf(rows[0]);
}

/** Reads what was rejected, in the order of the lines. @param afterLine - the last line that is known; 0 for none. */
export async function importProblems(
  sql: SqlExecutor,
  id: string,
  { afterLine = 0, limit = 1_000 }: { readonly afterLine?: number; readonly limit?: number } = {},
): Promise<readonly ImportProblem[]> {
  const { rows } = await sql.query<Omit<ImportProblem, 'line'> & { line: bigint }>(
    `SELECT line, field, reason, message FROM bulk_import_problems
      WHERE import_id = $1 AND line > $2 ORDER BY line, field, reason LIMIT $3`,
    [id, afterLine, limit],
  );
  return rows.map(({ line, ...problem }) => ({ line: Number(line), ...problem }));
}

/**
 * Keeps everybody else off an import until the end of the transaction; first in it, so that whoever comes second waits before it has done anything.
 *
 * @param from - the line at which the import stood when the batch was read; somebody else has moved it on otherwise.
 * @throws {@link PlatformError} `BULK_IMPORT_BUSY`.
 */
export async function holdImport(tx: SqlExecutor, id: string, from: number): Promise<void> {
  const { rowCount } = await tx.query('SELECT 1 FROM bulk_imports WHERE id = $1 AND lines_done = $2 FOR UPDATE', [
    id,
    from,
  ]);
  if (rowCount === 1) return;
  throw new PlatformError(reasons.BULK_IMPORT_BUSY, `import ${id} is being run by another process`);
}

/** Moves an import on, in the transaction of a batch that holds it. */
export async function moveImport(tx: SqlExecutor, id: string, to: ImportProgress): Promise<void> {
  await tx.query(
    `UPDATE bulk_imports SET lines_done = $2, imported = $3, rejected = $4, state = $5, updated_at = now() WHERE id = $1`,
    [id, to.lines, to.imported, to.rejected, to.state],
  );
}

/** Keeps what was rejected, in the transaction of its batch. */
export async function keepProblems(tx: SqlExecutor, id: string, problems: readonly ImportProblem[]): Promise<void> {
  if (problems.length === 0) return;
  await tx.query(
    `INSERT INTO bulk_import_problems (import_id, line, field, reason, message)
     SELECT $1, * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) ON CONFLICT DO NOTHING`,
    [
      id,
      problems.map(({ line }) => line),
      problems.map(({ field }) => field),
      problems.map(({ reason }) => reason),
      problems.map(({ message }) => message),
    ],
  );
}

function progressOf({ state, lines_done, imported, rejected }: Row): ImportProgress {
  return { state, lines: Number(lines_done), imported: Number(imported), rejected: Number(rejected) };
}
