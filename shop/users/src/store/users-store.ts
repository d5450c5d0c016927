import type { Kysely } from 'kysely';
import type { NewUserRow, StoredAddress, UserRow, UsersDatabase } from './tables.ts';

/** What a profile change may set; absent fields stay. */
export interface ProfileChange {
  readonly email?: string;
  readonly first_name?: string;
  readonly last_name?: string;
  /** Null removes the address. */
  readonly address?: StoredAddress | null;
}

type Db = Kysely<UsersDatabase>;

/** Inserts an account; fails on the constraint `users_email_key` when the address is taken. */
export async function insertUser(db: Db, user: NewUserRow): Promise<UserRow> {
  return await db.insertInto('users').values(user).returningAll().executeTakeFirstOrThrow();
}

/** Finds an account by id. */
export async function findUser(db: Db, id: string): Promise<UserRow | undefined> {
  return await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Finds an account by normalised e-mail address. */
export async function findUserByEmail(db: Db, email: string): Promise<UserRow | undefined> {
  return await db.selectFrom('users').selectAll().where('email', '=', email).executeTakeFirst();
}

/** Changes a profile; undefined when there is no such account. */
export async function updateProfile(db: Db, id: string, change: ProfileChange): Promise<UserRow | undefined> {
  const { address, ...columns } = change;
  return await db
    .updateTable('users')
    .set({
      ...columns,
      ...(address === undefined ? {} : { address: address === null ? null : JSON.stringify(address) }),
      updated_at: new Date(),
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
}

/** Replaces the password hash. */
export async function updatePassword(db: Db, id: string, passwordHash: string): Promise<void> {
  await db
    .updateTable('users')
    .set({ password_hash: passwordHash, updated_at: new Date() })
    .where('id', '=', id)
    .execute();
}

/** Closes an account; undefined when there is no such account, unchanged when it is closed already. */
export async function deactivateUser(db: Db, id: string): Promise<UserRow | undefined> {
  const changed = await db
    .updateTable('users')
    .set({ status: 'deactivated', updated_at: new Date() })
    .where('id', '=', id)
    .where('status', '=', 'active')
    .returningAll()
    .executeTakeFirst();
  return changed ?? (await findUser(db, id));
}
