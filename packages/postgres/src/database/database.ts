import type { SqlExecutor, SqlResult, StatementOptions, TransactionalSql } from '@mainstay/kernel';
import type { Kysely } from 'kysely';

// Terms: a *pool* holds open *connections*; a *holder* is a statement or transaction that uses one; *waiting* are those without one.

/** Tables that are not described: every name and column is accepted by the query builder. */
// oxlint-disable-next-line typescript/no-explicit-any -- Kysely's own word for tables without types
export type UntypedTables = any;

/** Statements in one open transaction on one connection; unusable after its end. */
export interface Transaction<Tables = UntypedTables> extends SqlExecutor {
  /** Typed query builder on the same connection; starting a transaction with it is refused. */
  readonly kysely: Kysely<Tables>;
}

/** How one transaction runs. */
export interface TransactionOptions {
  /** Shown in logs and metrics; a fixed word such as `place-order`, default `transaction`. */
  readonly name?: string;
  /** Default `read committed`. The stronger two end with `DATABASE_CONFLICT` under contention: retry the whole function. */
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
  /** Limit of each statement in milliseconds instead of the database's; 0 is none. */
  readonly statementTimeoutMs?: number;
}

/** Use of the pool at this moment. */
export interface PoolStats {
  /** Open connections. */
  readonly total: number;
  /** Open connections that nobody holds. */
  readonly idle: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
}

/** A pool of connections to one database; disposing closes it after the running statements ended. */
export interface Database<Tables = UntypedTables> extends TransactionalSql, AsyncDisposable {
  /** Typed query builder; each statement takes a connection of its own. */
  readonly kysely: Kysely<Tables>;
  query<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
    options?: StatementOptions,
  ): Promise<SqlResult<Row>>;
  /**
   * Runs a function in one transaction: commits when it resolves, rolls back on every other exit.
   *
   * Each call is a transaction of its own on a connection of its own, also when called inside another one.
   *
   * @throws {@link PlatformError} what the function threw; `DATABASE_TRANSACTION_FAILED` when it resolved although one of
   * its statements had failed; `DATABASE_UNAVAILABLE` with executed `maybe` when the connection broke during commit.
   */
  transaction<T>(run: (tx: Transaction<Tables>) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Resolves when the server answers; rejects with `DATABASE_UNAVAILABLE` otherwise, or with the signal's reason. */
  ping(signal?: AbortSignal): Promise<void>;
  stats(): PoolStats;
}
