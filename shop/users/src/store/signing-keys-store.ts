import { type Kysely, sql } from 'kysely';
import type { UsersDatabase } from './tables.ts';

type Db = Kysely<UsersDatabase>;

/** A key pair as a private JSON Web Key. */
export interface StoredKey {
  readonly kid: string;
  readonly private_jwk: Record<string, string>;
  readonly created_at: Date;
}

/** Serialises key changes of all instances until the transaction ends. */
export async function lockKeys(tx: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('users.signing_keys'))`.execute(tx);
}

/** All keys, newest first; usually one or two. */
export async function listKeys(db: Db): Promise<StoredKey[]> {
  return await db.selectFrom('signing_keys').selectAll().orderBy('created_at', 'desc').execute();
}

/** Adds a key that was made at a moment of the caller's clock, by which its age is told. */
export async function insertKey(
  tx: Db,
  key: { readonly kid: string; readonly jwk: object; readonly madeAt: Date },
): Promise<void> {
  await tx
    .insertInto('signing_keys')
    .values({ kid: key.kid, private_jwk: JSON.stringify(key.jwk), created_at: key.madeAt })
    .execute();
}

/** Removes keys made before a moment. */
export async function deleteKeysBefore(tx: Db, before: Date): Promise<void> {
  await tx.deleteFrom('signing_keys').where('created_at', '<', before).execute();
}
