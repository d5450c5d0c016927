import { PlatformError, type SqlExecutor } from '@mainstay/kernel';
import { postgresReasons as reasons } from '../errors.ts';
import { requireSqlName } from './names.ts';

/** One change of one row that was read before, at `version`. */
export interface VersionedUpdate {
  /** Lower-case, with a schema in front or without. */
  readonly table: string;
  /** Value of the column `id`. */
  readonly id: string | number | bigint;
  /** Value of the column `version` when the row was read. */
  readonly version: number | bigint;
  /** New values by column; at least one, neither `id` nor `version`. */
  readonly set: Readonly<Record<string, unknown>>;
}

/**
 * Changes a row if nobody has changed it since it was read, and raises its version (optimistic locking).
 *
 * Nothing is locked between reading and writing: who comes second is told, and begins again with what stands there now.
 *
 * Cost: one statement; uses the index of `id`.
 *
 * @returns the new version.
 * @throws {@link PlatformError} `ROW_VERSION_STALE` when the row has another version or is gone; executed: no, retry: now.
 * @example
 * const { rows } = await database.query('SELECT balance, version FROM accounts WHERE id = $1', [id]);
 * await updateVersion(database, { table: 'accounts', id, version: rows[0].version, set: { balance: 0 } });
 */
export async function updateVersion<Version extends number | bigint>(
  sql: SqlExecutor,
  update: VersionedUpdate & { readonly version: Version },
): Promise<Version> {
  const { id, version, set } = update;
  const table = requireSqlName('updateVersion.table', update.table);
  const columns = Object.keys(set).map((column) => requireSqlName('updateVersion.set', column));
  const assignments = columns.map((column, index) => `${column} = $${index + 3}, `).join('');
  const { rows } = await sql.query<{ version: Version }>(
    `UPDATE ${table} SET ${assignments}version = version + 1 WHERE id = $1 AND version = $2 RETURNING version`,
    [id, version, ...Object.values(set)],
  );
  if (rows[0] !== undefined) return rows[0].version;
  throw new PlatformError(
    reasons.ROW_VERSION_STALE,
    `the row was changed or removed since version ${version} was read`,
  );
}
