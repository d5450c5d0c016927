import { optionError, type SqlExecutor } from '@mainstay/kernel';
import { requireSqlName } from './names.ts';

/** Which rows {@link lockRows} locks, and how. */
export interface RowLock {
  /** Lower-case, with a schema in front or without. */
  readonly table: string;
  /** Column that identifies the rows, default `id`. */
  readonly key?: string;
  /** Values of the key, in any order; at most 10,000. */
  readonly ids: readonly (string | number | bigint)[];
  /** `update` keeps every other writer and locker out, `share` only writers; default `update`. */
  readonly strength?: 'update' | 'no key update' | 'share' | 'key share';
  /** When somebody else holds one of them: `wait` (default), fail with `DATABASE_CONFLICT`, or leave it out. */
  readonly busy?: 'wait' | 'fail' | 'skip';
}

/**
 * Locks rows until the end of the transaction, always in the order of their keys, so that two who lock the same rows never wait for each other.
 *
 * That holds among those who lock all they need in one call: whoever locks a second time has an order of its own.
 *
 * Cost: one statement; uses the index of the key.
 *
 * @param tx - an open transaction.
 * @returns keys of the rows that exist and are locked now, in order, as the driver reads the column.
 * @throws {@link PlatformError} `DATABASE_CONFLICT` when a row is busy and `busy` is `fail`, or as the victim of a deadlock.
 * @example
 * await lockRows(tx, { table: 'accounts', ids: [from, to] });
 */
export async function lockRows(tx: SqlExecutor, lock: RowLock): Promise<readonly unknown[]> {
  const { ids, strength = 'update', busy = 'wait' } = lock;
  if (ids.length > 10_000) throw optionError('lockRows.ids', 'at most 10,000 values', ids.length);
  const table = requireSqlName('lockRows.table', lock.table);
  const key = requireSqlName('lockRows.key', lock.key ?? 'id');
  const wait = { wait: '', fail: ' NOWAIT', skip: ' SKIP LOCKED' }[busy];
  const { rows } = await tx.query<{ key: unknown }>(
    `SELECT ${key} AS key FROM ${table} WHERE ${key} = ANY($1) ORDER BY ${key} FOR ${strength.toUpperCase()}${wait}`,
    [ids],
  );
  return rows.map((row) => row.key);
}
