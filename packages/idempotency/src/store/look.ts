import type { SqlExecutor } from '@mainstay/kernel';
import type { Opening, Transaction } from '@mainstay/postgres';
import { type AnswerColumns, fromColumns } from '../answer.ts';
import type { RecordState, Sight } from '../decide.ts';
import type { RecordId } from './record-id.ts';

interface Row extends AnswerColumns {
  readonly is_free: boolean;
  readonly fingerprint: Uint8Array | null;
  readonly effect_id: string;
  readonly epoch: bigint;
  readonly is_expired: boolean;
  readonly is_completed: boolean;
  readonly lock_left_ms: string | null;
}

/**
 * Reads what stands for a key, and takes the key in hand until the end of the transaction if nobody else has it.
 *
 * Uses the primary key, locks no row: the key is locked by its hash, whether there is a row or not, so that of two calls at once one is told so
 * instead of waiting with a connection. A key is never held by two; two that hash alike hold each other up, no more.
 */
export async function look(sql: SqlExecutor, { scope, key }: RecordId): Promise<Sight> {
  const { rows } = await sql.query<Row>(
    `SELECT pg_try_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0)) AS is_free,
            r.fingerprint, r.effect_id::text, r.epoch, r.response, r.error, r.headers,
            r.completed_at IS NOT NULL AS is_completed, r.expires_at <= now() AS is_expired,
            extract(epoch FROM r.locked_until - now()) * 1000 AS lock_left_ms
       FROM (VALUES (1)) AS one LEFT JOIN idempotency_records r ON r.scope = $1 AND r.key = $2`,
    [scope, key],
    { prepareAs: 'idempotency-look' },
  );
  const row = rows[0]!;
  return { isBusy: !row.is_free, record: recordOf(row) };
}

/** SQLSTATE of a claim that found its key in hand or a record there. */
export const keyTaken = '55P03';

/**
 * Takes a key in hand that nobody has and for which nothing stands there, in the trip of the transaction's first statement; otherwise the transaction fails.
 *
 * As {@link look} for the common case, without waiting for what was seen.
 */
export function claimUnseen(tx: Transaction, { scope, key }: RecordId): Opening {
  return tx.beginWith(
    `SELECT CASE WHEN pg_try_advisory_xact_lock(hashtextextended($1 || ' ' || $2, 0))
                  AND NOT EXISTS (SELECT 1 FROM idempotency_records WHERE scope = $1 AND key = $2)
                 THEN true ELSE idempotency_key_taken() END`,
    [scope, key],
    { prepareAs: 'idempotency-claim' },
  );
}

function recordOf(row: Row): RecordState {
  if (row.fingerprint === null) return { state: 'none' };
  const common = { fingerprint: row.fingerprint, epoch: row.epoch, isExpired: row.is_expired };
  if (row.is_completed) return { ...common, state: 'completed', answer: fromColumns(row) };
  return { ...common, state: 'in_progress', effectId: row.effect_id, lockLeftMs: Number(row.lock_left_ms) };
}
