import { PlatformError } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import { gatewayReasons } from '../../errors.ts';
import { makeApiKey } from './api-key.ts';
import type { KeyRecord } from './key-record.ts';

/** What a new key is for. */
export interface KeyWish {
  readonly client: string;
  readonly tier: string;
  readonly tenant: string | undefined;
  readonly scopes: readonly string[];
  /** How long it is taken, in milliseconds; undefined is for ever. */
  readonly lifetimeMs: number | undefined;
}

/** A key that was made; `text` is shown once and cannot be read again. */
export interface CreatedKey {
  readonly text: string;
  readonly prefix: string;
}

/** Keys as the database has them. */
export interface KeyStore {
  create(wish: KeyWish): Promise<CreatedKey>;
  /**
   * Makes a key that takes the place of another, which is taken for `overlapMs` longer.
   *
   * @throws {@link PlatformError} `not_found` / `API_KEY_UNKNOWN` when there is no such key in force.
   */
  rotate(prefix: string, overlapMs: number): Promise<CreatedKey>;
  /** @throws {@link PlatformError} `not_found` / `API_KEY_UNKNOWN` when there is no such key in force. */
  revoke(prefix: string): Promise<void>;
  /** Keys that changed after a revision, oldest first, and the database's time. */
  changesSince(revision: bigint): Promise<{ readonly nowMs: number; readonly keys: readonly KeyRecord[] }>;
}

// Changes are rare and take turns, so that revisions appear in the order of their numbers.
const takeTurn = `select pg_advisory_xact_lock(hashtext('api_keys'))`;
const insert = `
  insert into api_keys (prefix, sha256, client, tier, tenant, scopes, expires_at, revision)
  values ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 millisecond', nextval('api_key_revisions'))`;
// Of the old key all but its text goes on; its end stays its end.
const insertCopy = `
  insert into api_keys (prefix, sha256, client, tier, tenant, scopes, expires_at, revision)
  select $1, $2, client, tier, tenant, scopes, expires_at, nextval('api_key_revisions') from api_keys where prefix = $3`;
const inForce = 'prefix = $1 and revoked_at is null and (expires_at is null or expires_at > now())';
const end = `
  update api_keys set replaced_by = $2, expires_at = least(expires_at, now() + $3 * interval '1 millisecond'),
    revision = nextval('api_key_revisions')
  where ${inForce} and replaced_by is null`;
const revoke = `
  update api_keys set revoked_at = now(), revision = nextval('api_key_revisions') where prefix = $1 and revoked_at is null`;
const changes = `
  select (extract(epoch from now()) * 1000)::float8 as now_ms, keys.*
  from (values (1)) as one left join api_keys keys on keys.revision > $1 order by keys.revision`;

interface KeyRow {
  readonly now_ms: number;
  /** Null when nothing changed. */
  readonly prefix: string | null;
  readonly sha256: Buffer;
  readonly client: string;
  readonly tier: string;
  readonly tenant: string | null;
  readonly scopes: readonly string[];
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly revoked_at: Date | null;
  readonly replaced_by: string | null;
  readonly revision: string | bigint;
}

/** Keeps keys in the gateway's database. */
export function createKeyStore(database: Database): KeyStore {
  return {
    async create({ client, tier, tenant, scopes, lifetimeMs }) {
      const key = makeApiKey();
      const values = [key.prefix, key.sha256, client, tier, tenant ?? null, scopes, lifetimeMs ?? null];
      await database.transaction(async (tx) => {
        await tx.query(takeTurn);
        await tx.query(insert, values);
      });
      return key;
    },
    async rotate(prefix, overlapMs) {
      const key = makeApiKey();
      await database.transaction(async (tx) => {
        await tx.query(takeTurn);
        await tx.query(insertCopy, [key.prefix, key.sha256, prefix]);
        const { rowCount } = await tx.query(end, [prefix, key.prefix, overlapMs]);
        if (rowCount === 0) throw unknownKey(prefix);
      });
      return key;
    },
    async revoke(prefix) {
      await database.transaction(async (tx) => {
        await tx.query(takeTurn);
        const { rowCount } = await tx.query(revoke, [prefix]);
        if (rowCount === 0) throw unknownKey(prefix);
      });
    },
    async changesSince(revision) {
      const { rows } = await database.query<KeyRow>(changes, [String(revision)], { prepareAs: 'api-key-changes' });
      return { nowMs: rows[0]?.now_ms ?? 0, keys: rows.flatMap(toRecord) };
    },
  };
}

function toRecord(row: KeyRow): KeyRecord[] {
  if (row.prefix === null) return [];
  return [
    {
      prefix: row.prefix,
      sha256: row.sha256,
      client: row.client,
      tier: row.tier,
      tenant: row.tenant ?? undefined,
      scopes: row.scopes,
      createdAt: row.created_at,
      expiresAt: row.expires_at ?? undefined,
      revokedAt: row.revoked_at ?? undefined,
      replacedBy: row.replaced_by ?? undefined,
      revision: BigInt(row.revision),
    },
  ];
}

function unknownKey(prefix: string): PlatformError {
  return new PlatformError(gatewayReasons.API_KEY_UNKNOWN, `there is no key ${prefix} in force`);
}
