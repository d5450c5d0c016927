import type { ColumnType, Generated, Insertable, Selectable } from 'kysely';

type Timestamp = ColumnType<Date, Date | undefined, Date>;

/** An address as stored; same fields as the contract. */
export interface StoredAddress {
  readonly street: string;
  readonly city: string;
  readonly state: string;
  readonly zip_code: string;
  readonly country: string;
}

/** Table `users`; `email` is normalised. */
export interface UsersTable {
  id: string;
  email: string;
  password_hash: string;
  first_name: string;
  last_name: string;
  address: ColumnType<StoredAddress | null, string | null, string | null>;
  roles: Generated<string[]>;
  status: Generated<'active' | 'deactivated'>;
  created_at: Timestamp;
  updated_at: Timestamp;
}

/** Why a session ended. */
export type SessionEnd = 'signed_out' | 'token_reused' | 'password_changed' | 'deactivated';

/** Table `sessions`. */
export interface SessionsTable {
  id: string;
  user_id: string;
  created_at: Timestamp;
  expires_at: Date;
  ended_at: Date | null;
  end_reason: SessionEnd | null;
}

/** Table `refresh_tokens`; only hashes are kept. */
export interface RefreshTokensTable {
  token_hash: Buffer;
  session_id: string;
  created_at: Timestamp;
  used_at: Date | null;
}

/** Table `sign_in_failures`, by hash of the normalised e-mail address. */
export interface SignInFailuresTable {
  email_hash: Buffer;
  failure_count: number;
  last_failed_at: Date;
  locked_until: Date | null;
}

/** Table `signing_keys`. */
export interface SigningKeysTable {
  kid: string;
  private_jwk: ColumnType<Record<string, string>, string, string>;
  created_at: Timestamp;
}

/** Table `role_grants`; rows stay as the record of who gave a role to whom. */
export interface RoleGrantsTable {
  id: string;
  user_id: string;
  role: string;
  reason: string;
  granted_by: string;
  /** Whom it is for; null in rows from before there was one. */
  customer_id: ColumnType<string | null, string, never>;
  granted_at: Date;
  expires_at: Date;
  revoked_at: ColumnType<Date | null, Date | undefined, Date>;
  revoked_by: ColumnType<string | null, string | undefined, string>;
}

/** The service's database. */
export interface UsersDatabase {
  users: UsersTable;
  sessions: SessionsTable;
  refresh_tokens: RefreshTokensTable;
  sign_in_failures: SignInFailuresTable;
  signing_keys: SigningKeysTable;
  role_grants: RoleGrantsTable;
}

export type UserRow = Selectable<UsersTable>;
export type NewUserRow = Insertable<UsersTable>;
export type RoleGrantRow = Selectable<RoleGrantsTable>;
export type NewRoleGrantRow = Insertable<RoleGrantsTable>;
/** A grant that says whom it is for. */
export type CustomerGrantRow = RoleGrantRow & { readonly customer_id: string };
