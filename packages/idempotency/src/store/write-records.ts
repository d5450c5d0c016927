import type { SqlExecutor } from '@mainstay/kernel';
import type { Transaction } from '@mainstay/postgres';
import { type Answer, toColumns } from '../answer.ts';
import type { HeldRecord, NewRecord } from './record-id.ts';

/**
 * Writes a completed record together with the commit of its effect.
 *
 * A record that appeared since the look breaks the primary key, which rolls the effect back; so two calls never both commit.
 */
export function commitCompleted(tx: Transaction, record: NewRecord, answer: Answer): void {
  const { response, error, headers } = toColumns(answer);
  const { scope, key, fingerprint, effectId, seenEpoch, ttlMs } = record;
  tx.commitWith(
    `INSERT INTO idempotency_records
       (scope, key, fingerprint, effect_id, epoch, response, error, headers, completed_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now(), now() + $9 * interval '1 millisecond')`,
    [scope, key, fingerprint, effectId, seenEpoch + 1n, response, error, headers, ttlMs],
    { prepareAs: 'idempotency-commit' },
  );
}

/** Removes what stands for a key that is in hand, so that a completed record can be written in its place. */
export async function removeSeen(tx: SqlExecutor, { scope, key, seenEpoch }: NewRecord): Promise<void> {
  await tx.query('DELETE FROM idempotency_records WHERE scope = $1 AND key = $2 AND epoch = $3', [
    scope,
    key,
    seenEpoch,
  ]);
}

/**
 * Writes a record over what was seen: in progress for `lockMs`, or completed with an answer.
 *
 * Refused, with nothing written, when a transaction has the key in hand or when anything changed since the look. A call
 * is taken over with its own effect only: epochs begin anew once a record was removed, ids of effects never come again. Uses the primary key.
 *
 * @returns whether it was written.
 */
export async function writeOver(
  sql: SqlExecutor,
  record: NewRecord,
  as: { readonly lockMs: number } | { readonly answer: Answer },
): Promise<boolean> {
  const { scope, key, fingerprint, effectId, seenEpoch, ttlMs } = record;
  const lockMs = 'lockMs' in as ? as.lockMs : null;
  const { response, error, headers } =
    'answer' in as ? toColumns(as.answer) : { response: null, error: null, headers: null };
  const { rowCount } = await sql.query(
    `INSERT INTO idempotency_records AS r
       (scope, key, fingerprint, effect_id, epoch, locked_until, response, error, headers, completed_at, expires_at)
     SELECT $1, $2, $3, $4, $5::bigint + 1, now() + $6::float8 * interval '1 millisecond', $7, $8, $9,
            CASE WHEN $6::float8 IS NULL THEN now() END, now() + $10 * interval '1 millisecond'
      WHERE pg_try_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))
     ON CONFLICT (scope, key) DO UPDATE
        SET fingerprint = EXCLUDED.fingerprint, effect_id = EXCLUDED.effect_id, epoch = EXCLUDED.epoch,
            locked_until = EXCLUDED.locked_until, response = EXCLUDED.response, error = EXCLUDED.error,
            headers = EXCLUDED.headers, completed_at = EXCLUDED.completed_at, expires_at = EXCLUDED.expires_at
      WHERE r.epoch = $5::bigint
        AND (r.expires_at <= now()
             OR (r.completed_at IS NULL AND r.locked_until <= now() AND r.effect_id = EXCLUDED.effect_id))`,
    [scope, key, fingerprint, effectId, seenEpoch, lockMs, response, error, headers, ttlMs],
    { prepareAs: 'idempotency-write-over' },
  );
  return rowCount > 0;
}

/**
 * Tells whether a call still has its record, and keeps it from being taken over until the transaction has ended.
 *
 * Uses the primary key; the row lock is shared, so that several transactions of one call do not wait for each other.
 */
export async function isStillHeld(tx: SqlExecutor, { scope, key, effectId, epoch }: HeldRecord): Promise<boolean> {
  const { rowCount } = await tx.query(
    `SELECT 1 FROM idempotency_records
      WHERE scope = $1 AND key = $2 AND epoch = $3 AND effect_id = $4 AND completed_at IS NULL FOR SHARE`,
    [scope, key, epoch, effectId],
    { prepareAs: 'idempotency-fence' },
  );
  return rowCount > 0;
}

/** Puts the end of a held record's lock off by `lockMs` from now. Uses the primary key. */
export async function renewHeld(
  sql: SqlExecutor,
  { scope, key, effectId, epoch }: HeldRecord,
  lockMs: number,
): Promise<void> {
  await sql.query(
    `UPDATE idempotency_records SET locked_until = now() + $5::float8 * interval '1 millisecond'
      WHERE scope = $1 AND key = $2 AND epoch = $3 AND effect_id = $4 AND completed_at IS NULL`,
    [scope, key, epoch, effectId, lockMs],
    { prepareAs: 'idempotency-renew' },
  );
}

/** Completes a held record. Uses the primary key. @returns false when it was taken over; then nothing was written. */
export async function completeHeld(sql: SqlExecutor, held: HeldRecord, answer: Answer): Promise<boolean> {
  const { response, error, headers } = toColumns(answer);
  const { rowCount } = await sql.query(
    `UPDATE idempotency_records
        SET response = $5, error = $6, headers = $7, completed_at = now(), locked_until = NULL,
            expires_at = now() + $8 * interval '1 millisecond'
      WHERE scope = $1 AND key = $2 AND epoch = $3 AND effect_id = $4 AND completed_at IS NULL`,
    [held.scope, held.key, held.epoch, held.effectId, response, error, headers, held.ttlMs],
    { prepareAs: 'idempotency-complete' },
  );
  return rowCount > 0;
}

/** Lets the next call take a held record over at once; its effect keeps its name. Uses the primary key. */
export async function releaseHeld(sql: SqlExecutor, { scope, key, effectId, epoch }: HeldRecord): Promise<void> {
  await sql.query(
    `UPDATE idempotency_records SET locked_until = now()
      WHERE scope = $1 AND key = $2 AND epoch = $3 AND effect_id = $4 AND completed_at IS NULL`,
    [scope, key, epoch, effectId],
    { prepareAs: 'idempotency-release' },
  );
}
