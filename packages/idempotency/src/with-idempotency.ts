import { isPlatformError, optionError, PlatformError, type SqlExecutor } from '@mainstay/kernel';
import { sqlStateOf } from '@mainstay/postgres';
import { idempotencyReasons as reasons } from './errors.ts';
import { requireIdempotencyKey } from './idempotency-key.ts';

/** Which effect is meant. */
export interface IdempotencyOptions {
  /** Operation and caller, for example `orders.v1.OrdersService/CreateOrder:<user id>`; 1 to 512 characters. Equal keys of two scopes are two keys. */
  readonly scope: string;
  /** The caller's key: 1 to 255 visible ASCII characters. */
  readonly key: string;
  /** Hash of the request, 32 bytes; see `fingerprintMessage`. */
  readonly fingerprint: Uint8Array;
  /** How long the answer is kept in milliseconds, at least 1,000; default 24 hours. Afterwards the key means a new effect. */
  readonly ttlMs?: number;
}

/** An answer, and whether this call or an earlier one made it. */
export interface IdempotentResult {
  /** The encoded answer; may be empty. */
  readonly response: Uint8Array;
  /** True when an earlier call had the effect. */
  readonly replayed: boolean;
}

const dayMs = 24 * 60 * 60 * 1_000;

/**
 * Runs an effect at most once per scope and key, and gives every repetition the first answer.
 *
 * The record is written in the transaction of the effect: both are there or neither. A duplicate that arrives while the first call runs
 * waits for the end of its transaction; then it replays the answer, or, when the first was rolled back, runs. So a crash leaves no key blocked, and an
 * error releases the key. Effects outside the database are not covered; give them a key of their own.
 *
 * Cost: two statements the first time, two for a replay, one row of about 200 bytes plus the answer until it expires. A waiting
 * duplicate holds a connection.
 *
 * @param tx - the open transaction in which `run` writes.
 * @param run - has the effect and returns the encoded answer.
 * @throws {@link PlatformError} `IDEMPOTENCY_KEY_REUSED` for another fingerprint; `IDEMPOTENCY_KEY_INVALID` for a bad key;
 * `IDEMPOTENCY_IN_PROGRESS` when the first call took longer than the statement time-out; what `run` throws.
 * @example
 * await database.transaction((tx) =>
 *   withIdempotency(tx, { scope, key, fingerprint }, async () => toBinary(OrderSchema, await insertOrder(tx, order))),
 * );
 */
export async function withIdempotency(
  tx: SqlExecutor,
  options: IdempotencyOptions,
  run: () => Promise<Uint8Array>,
): Promise<IdempotentResult> {
  checkOptions(tx, options);
  if (!(await take(tx, options))) return { response: await replay(tx, options), replayed: true };
  let response: Uint8Array;
  try {
    response = await run();
  } catch (error) {
    await release(tx, options);
    throw error;
  }
  await complete(tx, options, response);
  return { response, replayed: false };
}

function checkOptions(tx: SqlExecutor, options: IdempotencyOptions): void {
  const { scope, key, fingerprint, ttlMs = dayMs } = options;
  if ('transaction' in tx) throw optionError('tx', 'an open transaction', 'a pool');
  if (scope.length < 1 || scope.length > 512) throw optionError('scope', '1 to 512 characters', scope);
  if (fingerprint.length !== 32) throw optionError('fingerprint', '32 bytes', `${fingerprint.length} bytes`);
  if (!Number.isFinite(ttlMs) || ttlMs < 1_000) throw optionError('ttlMs', 'at least 1000', ttlMs);
  requireIdempotencyKey(key);
}

/**
 * Uses the primary key. Takes the row's lock until the end of the transaction in every case: a duplicate waits here, also when nothing
 * is changed, so the row cannot vanish before it is read. Read committed is enough, because the lock orders the callers; a stronger
 * isolation ends with a conflict instead of a replay. A record without an answer is left by a caller that swallowed an error and
 * committed: since its lock is free, nobody works on it.
 */
async function take(tx: SqlExecutor, { scope, key, fingerprint, ttlMs = dayMs }: IdempotencyOptions): Promise<boolean> {
  try {
    const taken = await tx.query(
      `INSERT INTO idempotency_records AS r (scope, key, fingerprint, expires_at)
       VALUES ($1, $2, $3, now() + $4 * interval '1 millisecond')
       ON CONFLICT (scope, key) DO UPDATE
         SET fingerprint = EXCLUDED.fingerprint, expires_at = EXCLUDED.expires_at,
             created_at = now(), response = NULL, completed_at = NULL
         WHERE r.expires_at <= now() OR r.response IS NULL
       RETURNING 1`,
      [scope, key, fingerprint, ttlMs],
    );
    return taken.rowCount > 0;
  } catch (error) {
    const state = sqlStateOf(error);
    if (state !== '57014' && state !== '55P03') throw error;
    throw new PlatformError(
      reasons.IDEMPOTENCY_IN_PROGRESS,
      'the first call with this idempotency key is still running',
      { cause: error },
    );
  }
}

/** Uses the primary key; the lock is held since {@link take}. */
async function replay(tx: SqlExecutor, { scope, key, fingerprint }: IdempotencyOptions): Promise<Uint8Array> {
  const { rows } = await tx.query<{ fingerprint: Uint8Array; response: Uint8Array }>(
    'SELECT fingerprint, response FROM idempotency_records WHERE scope = $1 AND key = $2',
    [scope, key],
  );
  const record = rows[0];
  if (record === undefined || Buffer.compare(record.fingerprint, fingerprint) !== 0) {
    throw new PlatformError(
      reasons.IDEMPOTENCY_KEY_REUSED,
      'the idempotency key was used before with another request; take a new key for a new request',
    );
  }
  return new Uint8Array(record.response);
}

/** Uses the primary key; the row is ours and locked. */
async function complete(tx: SqlExecutor, { scope, key }: IdempotencyOptions, response: Uint8Array): Promise<void> {
  await tx.query('UPDATE idempotency_records SET response = $3, completed_at = now() WHERE scope = $1 AND key = $2', [
    scope,
    key,
    response,
  ]);
}

/** For a caller that catches the error and commits all the same: the key must not stay taken. */
async function release(tx: SqlExecutor, { scope, key }: IdempotencyOptions): Promise<void> {
  try {
    await tx.query('DELETE FROM idempotency_records WHERE scope = $1 AND key = $2', [scope, key]);
  } catch (error) {
    // The transaction has failed already and takes the record with it; the first error is the one to report.
    if (!isPlatformError(error)) throw error;
  }
}
