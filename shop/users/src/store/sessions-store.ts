import type { Kysely } from 'kysely';
import type { SessionEnd, UsersDatabase } from './tables.ts';

type Db = Kysely<UsersDatabase>;

/** A refresh token's row together with its session's. */
export interface TokenWithSession {
  readonly session_id: string;
  readonly user_id: string;
  readonly used_at: Date | null;
  readonly ended_at: Date | null;
  readonly expires_at: Date;
}

/** Opens a session with its first refresh token; call it in a transaction. */
export async function insertSession(
  tx: Db,
  session: { readonly id: string; readonly userId: string; readonly expiresAt: Date },
  tokenHash: Buffer,
): Promise<void> {
  await tx
    .insertInto('sessions')
    .values({ id: session.id, user_id: session.userId, expires_at: session.expiresAt })
    .execute();
  await tx.insertInto('refresh_tokens').values({ token_hash: tokenHash, session_id: session.id }).execute();
}

/** Reads a refresh token and locks its session's row, so that two refreshes of one session never overlap. */
export async function lockToken(tx: Db, tokenHash: Buffer): Promise<TokenWithSession | undefined> {
  return await tx
    .selectFrom('refresh_tokens as t')
    .innerJoin('sessions as s', 's.id', 't.session_id')
    .select(['t.session_id', 's.user_id', 't.used_at', 's.ended_at', 's.expires_at'])
    .where('t.token_hash', '=', tokenHash)
    .forUpdate()
    .executeTakeFirst();
}

/** Marks one token used and adds its successor. */
export async function rotateToken(
  tx: Db,
  sessionId: string,
  { used, next }: { readonly used: Buffer; readonly next: Buffer },
): Promise<void> {
  await tx.updateTable('refresh_tokens').set({ used_at: new Date() }).where('token_hash', '=', used).execute();
  await tx.insertInto('refresh_tokens').values({ token_hash: next, session_id: sessionId }).execute();
}

/** Ends one session; nothing happens when it has ended already. */
export async function endSession(tx: Db, sessionId: string, reason: SessionEnd): Promise<void> {
  await tx
    .updateTable('sessions')
    .set({ ended_at: new Date(), end_reason: reason })
    .where('id', '=', sessionId)
    .where('ended_at', 'is', null)
    .execute();
}

/** Ends all open sessions of a user; relies on the index `sessions_user_id_open`. */
export async function endSessionsOf(tx: Db, userId: string, reason: SessionEnd): Promise<void> {
  await tx
    .updateTable('sessions')
    .set({ ended_at: new Date(), end_reason: reason })
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
    .execute();
}

/** Removes sessions that expired before a moment, with their tokens; at most 1,000 at once. */
export async function deleteExpiredSessions(db: Db, before: Date): Promise<number> {
  const result = await db
    .deleteFrom('sessions')
    .where('id', 'in', (q) => q.selectFrom('sessions').select('id').where('expires_at', '<', before).limit(1_000))
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}
