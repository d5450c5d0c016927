import { type Kysely, sql } from 'kysely';
import { type LockoutPolicy, lockMs } from '../domain/lockout.ts';
import type { UsersDatabase } from './tables.ts';

type Db = Kysely<UsersDatabase>;

/** Milliseconds for which an address is still locked; 0 when it is not. */
export async function lockedForMs(db: Db, emailHash: Buffer, nowMs: number): Promise<number> {
  const row = await db
    .selectFrom('sign_in_failures')
    .select('locked_until')
    .where('email_hash', '=', emailHash)
    .executeTakeFirst();
  return Math.max(0, (row?.locked_until?.getTime() ?? 0) - nowMs);
}

/**
 * Counts a failure and locks the address when the policy says so; in one transaction.
 *
 * The row lock of the upsert makes concurrent failures count one after the other.
 *
 * @returns milliseconds of the new lock, 0 when there is none.
 */
export async function recordFailure(
  tx: Db,
  emailHash: Buffer,
  policy: LockoutPolicy & { readonly nowMs: number },
): Promise<number> {
  const now = new Date(policy.nowMs);
  const forgetBefore = new Date(policy.nowMs - policy.forgetAfterMs);
  const row = await tx
    .insertInto('sign_in_failures')
    .values({ email_hash: emailHash, failure_count: 1, last_failed_at: now, locked_until: null })
    .onConflict((conflict) =>
      conflict.column('email_hash').doUpdateSet({
        failure_count: sql`case when sign_in_failures.last_failed_at < ${forgetBefore} then 1
                                else sign_in_failures.failure_count + 1 end`,
        last_failed_at: now,
      }),
    )
    .returning('failure_count')
    .executeTakeFirstOrThrow();
  const lock = lockMs(row.failure_count, policy);
  if (lock > 0) {
    await tx
      .updateTable('sign_in_failures')
      .set({ locked_until: new Date(policy.nowMs + lock) })
      .where('email_hash', '=', emailHash)
      .execute();
  }
  return lock;
}

/** Forgets the failures of an address after a successful sign-in. */
export async function clearFailures(db: Db, emailHash: Buffer): Promise<void> {
  await db.deleteFrom('sign_in_failures').where('email_hash', '=', emailHash).execute();
}
