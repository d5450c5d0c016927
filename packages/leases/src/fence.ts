import { PlatformError, type SqlExecutor, type SqlResult, type StatementOptions } from '@mainstay/kernel';
import { isConstraintViolation } from '@mainstay/postgres';
import { leaseReasons as reasons } from './errors.ts';
import type { LeaseClaim } from './store/lease-store.ts';

const leadingWith = /^\s*with(\s+recursive)?\s/i;

/**
 * Statements that fail as a whole once the lease has another holder, because each one carries the check in itself.
 *
 * To the statement two table expressions are added: one locks the lease's row FOR KEY SHARE if it has this epoch and an owner; the
 * other, when the first is empty, inserts a row that breaks the table's constraint `leases_fence`. PostgreSQL runs writing table
 * expressions always and to the end, whether the statement reads them or not, so no statement can pass by the check; and it sees
 * the newest committed epoch, not that of the statement's snapshot. A change of holder waits for the lock, so a fenced
 * statement in a transaction protects everything else in it until the transaction ends.
 *
 * Takes SELECT, INSERT, UPDATE, DELETE and MERGE, one at a time. The names `lease_held` and `lease_fence` are taken.
 *
 * Cost: no round trip; a look-up by key and a row lock in the statement.
 *
 * @param sql - pool or open transaction of the database that holds the leases.
 * @param onRefused - called for each refused statement.
 * @throws {@link PlatformError} `aborted` / `LEASE_LOST` from `query` when the epoch is stale; nothing of the statement happened.
 * @example
 * await withFence(tx, lease).query('UPDATE jobs SET state = $1 WHERE id = $2', ['done', id]);
 */
export function withFence(sql: SqlExecutor, lease: LeaseClaim, onRefused?: () => void): SqlExecutor {
  return {
    async query<Row extends object>(
      text: string,
      values: readonly unknown[] = [],
      { prepareAs }: StatementOptions = {},
    ): Promise<SqlResult<Row>> {
      const fenced = fencedText(text, values.length);
      // The same name stands for the statement without a fence on other occasions.
      const options = prepareAs === undefined ? {} : { prepareAs: `fenced:${prepareAs}` };
      try {
        return await sql.query<Row>(fenced, [...values, lease.name, lease.epoch], options);
      } catch (error) {
        if (!isConstraintViolation(error, 'leases_fence')) throw error;
        onRefused?.();
        throw new PlatformError(
          reasons.LEASE_LOST,
          `the write was refused: epoch ${lease.epoch} of lease ${lease.name} is over`,
          { cause: error },
        );
      }
    },
  };
}

function fencedText(text: string, parameterCount: number): string {
  const name = `$${parameterCount + 1}::text`;
  const epoch = `$${parameterCount + 2}::integer`;
  const own = leadingWith.exec(text);
  const recursive = own?.[1] === undefined ? '' : ' recursive';
  const rest = own === null ? ` ${text}` : `, ${text.slice(own[0].length)}`;
  return `with${recursive} lease_held as materialized (
  select from leases where name = ${name} and epoch = ${epoch} and owner is not null for key share
), lease_fence as (
  insert into leases (name, epoch, expires_at, renewed_at, acquired_at)
  select ${name}, 0, now(), now(), now() where not exists (select from lease_held)
)${rest}`;
}
