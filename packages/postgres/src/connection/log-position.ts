import type { ExchangeStatement } from './exchange.ts';

// Terms: a *position* is a place in the log of a server (LSN), as the number of bytes before it; a replica has *replayed* the log up to one.

/** Higher than every position: what stands there is on no replica yet. */
export const noReplicaYet: bigint = 2n ** 64n - 1n;

/**
 * Asks a primary how far its log has come, after a commit on the same connection.
 *
 * What is flushed is what replicas are sent. What was committed without waiting for that is only inserted yet; the position of insertion may lie behind the
 * header of a page that a replica has no reason to pass, so it is not used otherwise.
 */
export const positionStatement: ExchangeStatement = {
  text: `SELECT CASE current_setting('synchronous_commit')
    WHEN 'off' THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_flush_lsn() END - '0/0' AS position`,
  values: [],
  prepareAs: 'mainstay-log-position',
};

/** Commits a transaction that changes nothing, so that all of the log before it is flushed and sent to replicas. */
export const flushStatement: ExchangeStatement = {
  text: `SELECT pg_logical_emit_message(true, 'mainstay', '')`,
  values: [],
};

/** Reads the row of {@link positionStatement}; the difference of two positions comes as text of digits. */
export function positionOf(rows: readonly object[]): bigint {
  const row = rows[0] as { readonly position: string | null } | undefined;
  return row === undefined || row.position === null ? noReplicaYet : BigInt(row.position);
}
