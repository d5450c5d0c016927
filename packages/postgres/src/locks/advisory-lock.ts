import type { SqlExecutor } from '@mainstay/kernel';

/** What {@link advisoryLock} locks. */
export interface AdvisoryLock {
  /** Any text, for example `import:2026-11`; two names may share a lock by chance, once in 2^64 pairs. */
  readonly name: string;
  /** Lets others with `shared` in as well, default false. */
  readonly shared?: boolean;
  /** When somebody else holds it: `wait` (default), or `skip`, which returns false. */
  readonly busy?: 'wait' | 'skip';
}

/**
 * Takes a lock on a name, for what has no row, until the end of the transaction.
 *
 * @param tx - an open transaction; a pool would give the lock back at once.
 * @returns false when it is busy and `busy` is `skip`.
 * @example
 * const isMine = await advisoryLock(tx, { name: 'nightly-report', busy: 'skip' });
 */
export async function advisoryLock(tx: SqlExecutor, lock: AdvisoryLock): Promise<boolean> {
  const { name, shared = false, busy = 'wait' } = lock;
  const kind = shared ? '_shared' : '';
  if (busy === 'wait') {
    await tx.query(`SELECT pg_advisory_xact_lock${kind}(hashtextextended($1, 0))`, [name]);
    return true;
  }
  const { rows } = await tx.query<{ taken: boolean }>(
    `SELECT pg_try_advisory_xact_lock${kind}(hashtextextended($1, 0)) AS taken`,
    [name],
  );
  return rows[0]?.taken === true;
}
