import type { Kysely } from 'kysely';
import type { CustomerGrantRow, NewRoleGrantRow, RoleGrantRow, UsersDatabase } from './tables.ts';

type Db = Kysely<UsersDatabase>;

/** Which grants are listed, the newest first. */
export interface GrantSearch {
  /** Whose; absent for those of all accounts. */
  readonly userId?: string;
  /** Only those that count at this moment; absent for ended ones, too. */
  readonly inForceAt?: Date;
  /** Id of the last grant of the page before. */
  readonly beforeId?: string;
  readonly limit: number;
}

/**
 * Records a grant, unless the account has as many in force as it may; undefined then.
 *
 * The lock on the account makes two that are given at once count each other.
 */
export async function insertRoleGrant(
  db: Db,
  grant: NewRoleGrantRow & { readonly granted_at: Date },
  mostInForce: number,
): Promise<RoleGrantRow | undefined> {
  const { user_id: userId, granted_at: at } = grant;
  await db.selectFrom('users').select('id').where('id', '=', userId).forUpdate().execute();
  if ((await grantsInForce(db, userId, at)).length >= mostInForce) return undefined;
  return await db.insertInto('role_grants').values(grant).returningAll().executeTakeFirstOrThrow();
}

/** Lists grants, the newest first; ids grow with time. */
export async function listRoleGrants(db: Db, search: GrantSearch): Promise<readonly RoleGrantRow[]> {
  const { userId, inForceAt, beforeId, limit } = search;
  let query = db.selectFrom('role_grants').selectAll();
  if (userId !== undefined) query = query.where('user_id', '=', userId);
  if (inForceAt !== undefined) query = query.where('revoked_at', 'is', null).where('expires_at', '>', inForceAt);
  if (beforeId !== undefined) query = query.where('id', '<', beforeId);
  return await query.orderBy('id', 'desc').limit(limit).execute();
}

/** The grants of an account that are in force at this moment and say whom they are for. */
export async function grantsInForce(db: Db, userId: string, at: Date): Promise<readonly CustomerGrantRow[]> {
  return await db
    .selectFrom('role_grants')
    .selectAll()
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', at)
    .where('customer_id', 'is not', null)
    .$narrowType<{ customer_id: string }>()
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
