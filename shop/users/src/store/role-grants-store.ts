import type { Kysely } from 'kysely';
import type { NewRoleGrantRow, RoleGrantRow, UsersDatabase } from './tables.ts';

type Db = Kysely<UsersDatabase>;

/** Records a grant; fails on the constraint `role_grants_user_id_fkey` when there is no such account. */
export async function insertRoleGrant(db: Db, grant: NewRoleGrantRow): Promise<RoleGrantRow> {
  return await db.insertInto('role_grants').values(grant).returningAll().executeTakeFirstOrThrow();
}

/** The grants of an account, the newest first, ended ones among them. */
export async function listRoleGrants(db: Db, userId: string): Promise<readonly RoleGrantRow[]> {
  return await db
    .selectFrom('role_grants')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('granted_at', 'desc')
    .limit(200)
    .execute();
}

/** The grants of an account that are in force at this moment. */
export async function grantsInForce(db: Db, userId: string, at: Date): Promise<readonly RoleGrantRow[]> {
  return await db
    .selectFrom('role_grants')
    .selectAll()
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', at)
    .execute();
}

/** Ends a grant before its time; undefined when the account has none of this id that is in force. */
export async function revokeRoleGrant(
  db: Db,
  grant: { readonly id: string; readonly userId: string },
  by: { readonly userId: string; readonly at: Date },
): Promise<RoleGrantRow | undefined> {
  return await db
    .updateTable('role_grants')
    .set({ revoked_at: by.at, revoked_by: by.userId })
    .where('id', '=', grant.id)
    .where('user_id', '=', grant.userId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', by.at)
    .returningAll()
    .executeTakeFirst();
}
