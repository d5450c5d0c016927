import { optionError, type SqlExecutor } from '@mainstay/kernel';

/** A lease as one holder knows it. */
export interface LeaseClaim {
  readonly name: string;
  readonly epoch: number;
}

/** Answer to {@link LeaseStore.acquire}. */
export type Acquired =
  | {
      readonly state: 'held';
      readonly epoch: number;
      /** Time since the holder before last showed a sign of life; undefined when it had given the lease up. */
      readonly idleMs: number | undefined;
    }
  /** Somebody else's, for so long at most unless renewed. */
  | { readonly state: 'taken'; readonly expiresInMs: number };

/** Answer to {@link LeaseStore.renew}: names; one that is in neither set is being written by somebody and to be tried again. */
export interface Renewed {
  readonly renewed: ReadonlySet<string>;
  /** No longer held under the epoch of the claim. */
  readonly lost: ReadonlySet<string>;
}

/**
 * The table of leases: who holds what, under which epoch, until when.
 *
 * States of a lease: `free` (nobody's), `held` (an owner until it expires), `reserved` (an heir until it expires). Moves:
 * free or expired → held by anyone, reserved → held by its heir, held → held (renew), held → free (release), held → reserved (hand over).
 * Only a move to held by acquiring raises the epoch. Every decision is the server's, by the server's clock.
 */
export interface LeaseStore {
  acquire(name: string, owner: string, ttlMs: number): Promise<Acquired>;
  /** Prolongs what is still held under these epochs; at most one claim per name. */
  renew(claims: readonly LeaseClaim[], ttlMs: number): Promise<Renewed>;
  /** Makes the lease free at once; false when it was no longer held under this epoch. */
  release(claim: LeaseClaim): Promise<boolean>;
  /** Gives the lease up in favour of one heir, who alone may have it for `reservedMs`; false as with release. */
  handOver(claim: LeaseClaim, heir: string, reservedMs: number): Promise<boolean>;
}

// Primary key. The UPDATE looks before it locks, so asking for a lease that is held writes nothing. Of two at once the second waits
// for the first, reads its row again (READ COMMITTED) and finds it held. Changing the epoch locks FOR UPDATE, which waits for open
// transactions that hold the row FOR KEY SHARE: those are fenced writes of the holder before. The conflict names no column: with one
// unique index named, a loser of two first inserts at once can meet the other index (name, epoch) and fail with 23505.
const acquireSql = `
with before as (
  select owner, renewed_at, greatest(0, extract(epoch from expires_at - now()) * 1000)::float8 as expires_in_ms
  from leases where name = $1
), taken as (
  update leases set epoch = epoch + 1, owner = $2, heir = null,
    expires_at = now() + $3 * interval '1 ms', renewed_at = now(), acquired_at = now()
  where name = $1 and (expires_at <= now() or heir = $2)
  returning epoch
), made as (
  insert into leases (name, epoch, owner, expires_at, renewed_at, acquired_at)
  select $1, 1, $2, now() + $3 * interval '1 ms', now(), now() where not exists (select from before)
  on conflict do nothing
  returning epoch
)
select coalesce((select epoch from taken), (select epoch from made)) as epoch,
  (select case when owner is not null then extract(epoch from now() - renewed_at)::float8 * 1000 end from before) as idle_ms,
  coalesce((select expires_in_ms from before), 0) as expires_in_ms`;

// Primary key, FOR NO KEY UPDATE, which does not meet fenced writes. A row that somebody is taking over at this moment is skipped
// instead of waited for, so that one lease cannot hold up the renewal of the others.
const renewSql = `
with claims as (
  select * from unnest($1::text[], $2::integer[]) as claims (name, epoch)
), own as materialized (
  select leases.name from leases join claims on leases.name = claims.name and leases.epoch = claims.epoch
  where leases.owner is not null
  order by leases.name
  for no key update of leases skip locked
), renewed as (
  update leases set expires_at = now() + $3 * interval '1 ms', renewed_at = now()
  from own where leases.name = own.name
  returning leases.name
)
select claims.name, exists (select from renewed where renewed.name = claims.name) as renewed, exists (
  select from leases where leases.name = claims.name and leases.epoch = claims.epoch and leases.owner is not null
) as held
from claims`;

// Primary key. The epoch is not changed, so this does not wait for fenced writes; the next holder does.
const releaseSql = `
update leases set owner = null, expires_at = now()
where name = $1 and epoch = $2 and owner is not null`;

const handOverSql = `
update leases set owner = null, heir = $3, expires_at = now() + $4 * interval '1 ms'
where name = $1 and epoch = $2 and owner is not null`;

/** Leases in the table that `leaseMigrations` made; one statement per method. */
export function createLeaseStore(sql: SqlExecutor): LeaseStore {
  return {
    async acquire(name, owner, ttlMs) {
      requireName('lease.name', name);
      requireName('lease.owner', owner);
      const { rows } = await sql.query<{ epoch: number | null; idle_ms: number | null; expires_in_ms: number }>(
        acquireSql,
        [name, owner, ttlMs],
      );
      const row = rows[0]!;
      if (row.epoch === null) return { state: 'taken', expiresInMs: row.expires_in_ms };
      return { state: 'held', epoch: row.epoch, idleMs: row.idle_ms ?? undefined };
    },
    async renew(claims, ttlMs) {
      const names = claims.map(({ name }) => name);
      const epochs = claims.map(({ epoch }) => epoch);
      const { rows } = await sql.query<{ name: string; renewed: boolean; held: boolean }>(renewSql, [
        names,
        epochs,
        ttlMs,
      ]);
      const namesOf = (kept: typeof rows) => new Set(kept.map(({ name }) => name));
      return {
        renewed: namesOf(rows.filter(({ renewed }) => renewed)),
        lost: namesOf(rows.filter(({ renewed, held }) => !renewed && !held)),
      };
    },
    async release({ name, epoch }) {
      return (await sql.query(releaseSql, [name, epoch])).rowCount > 0;
    },
    async handOver({ name, epoch }, heir, reservedMs) {
      requireName('lease.heir', heir);
      return (await sql.query(handOverSql, [name, epoch, heir, reservedMs])).rowCount > 0;
    },
  };
}

function requireName(option: string, value: string): void {
  if (value.length < 1 || value.length > 200) throw optionError(option, '1 to 200 characters', value.slice(0, 220));
}
