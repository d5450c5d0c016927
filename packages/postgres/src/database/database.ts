import type { SqlExecutor, SqlResult, StatementOptions, TransactionalSql } from '@mainstay/kernel';
import type { Kysely } from 'kysely';
import type { ConnectionUse } from '../connection/pool-capacity.ts';
import type { PoolStats } from '../connection/pool-metrics.ts';
import type { Transaction, TransactionOptions, UntypedTables } from '../transaction/transaction.ts';

// Terms: a *pool* holds open *connections*; a *holder* is a statement or transaction that uses one; *waiting* are those without one.

/** Runs single statements that only read, and may miss what was committed a moment ago. */
export interface DatabaseReads<Tables = UntypedTables> extends SqlExecutor {
  readonly kysely: Kysely<Tables>;
}

/** A pool of connections to one database; disposing closes it after the running statements ended. */
export interface Database<Tables = UntypedTables> extends TransactionalSql, AsyncDisposable {
  /** Typed query builder; each statement takes a connection of its own. */
  readonly kysely: Kysely<Tables>;
  /**
   * Runs each statement on a replica where one is given and fit for it, and here otherwise; as a read-only transaction of its own. Inside
   * `readYourWrites` it sees what the call wrote.
   *
   * @throws {@link PlatformError} `DATABASE_WRITE_REFUSED` for a statement that writes, wherever it runs.
   */
  readonly reads: DatabaseReads<Tables>;
  query<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
    options?: StatementOptions,
  ): Promise<SqlResult<Row>>;
  /**
   * Runs a function in one transaction: commits when it resolves, rolls back on every other exit.
   *
   * Called inside a transaction of the same database, at whatever depth of calls and `await`, the function joins it, unless
   * `propagation` says otherwise: its statements are committed or rolled back with the rest, and when it fails the whole is rolled back,
   * even when somebody in between catches the error. Statements of the database itself (`query`, `kysely`) join nothing.
   *
   * @throws {@link PlatformError} what the function threw; `DATABASE_TRANSACTION_FAILED` when it resolved although one of
   * its statements or parts had failed; `DATABASE_PROPAGATION_REFUSED`; `DATABASE_STATEMENT_TIMEOUT` after `timeoutMs`;
   * `DATABASE_UNAVAILABLE` with executed `maybe` when the connection broke during commit.
   */
  transaction<T>(run: (tx: Transaction<Tables>) => Promise<T>): Promise<T>;
  transaction<T>(options: TransactionOptions, run: (tx: Transaction<Tables>) => Promise<T>): Promise<T>;
  /**
   * Tells at start how many connections some workers will hold at once, so that a pool they could starve is refused before they do.
   *
   * @throws {@link PlatformError} `POOL_TOO_SMALL` when those told so far could hold all connections and wait for another.
   */
  reserve(use: ConnectionUse): void;
  /** Resolves when the server answers; rejects with `DATABASE_UNAVAILABLE` otherwise, or with the signal's reason. */
  ping(signal?: AbortSignal): Promise<void>;
  stats(): PoolStats;
}
