import { optionError, type SqlExecutor } from '@mainstay/kernel';

/**
 * Deletes one batch of expired records; call it again while it returns the limit.
 *
 * Several instances may do so at once: each takes rows that no other holds. A record is never deleted before its time, so a full table
 * cannot make an effect happen twice; when it is deleted changes nothing, because a look at a key counts an expired record as none.
 *
 * Cost: one statement; walks the index on `expires_at` from its old end.
 *
 * @param limit - most records of this batch, default 1,000, because that is a transaction of a few milliseconds.
 * @returns number of deleted records.
 */
export async function deleteExpiredRecords(database: SqlExecutor, limit = 1_000): Promise<number> {
  if (!Number.isInteger(limit) || limit < 1) throw optionError('limit', 'an integer of at least 1', limit);
  const deleted = await database.query(
    `DELETE FROM idempotency_records WHERE (scope, key) IN (
       SELECT scope, key FROM idempotency_records WHERE expires_at <= now()
       ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)`,
    [limit],
  );
  return deleted.rowCount;
}
