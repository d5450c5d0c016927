import type { Reason, SqlExecutor, StatementOptions } from '@mainstay/kernel';
import type { Kysely } from 'kysely';
import type { Opening } from './opening.ts';
import type { Propagation } from './propagation.ts';

/** Tables that are not described: every name and column is accepted by the query builder. */
// oxlint-disable-next-line typescript/no-explicit-any -- Kysely's own word for tables without types
export type UntypedTables = any;

/** Runs after a transaction has ended, outside of it. */
export type EndHook = () => void | Promise<void>;

/** Where `COPY` adds rows; names are lower-case. */
export interface CopyTarget {
  readonly table: string;
  /** In the order of the values. */
  readonly columns: readonly string[];
}

/** Statements in one open transaction on one connection; unusable after its end. */
export interface Transaction<Tables = UntypedTables> extends SqlExecutor {
  /** Typed query builder on the same connection; starting a transaction with it is refused. */
  readonly kysely: Kysely<Tables>;
  /** False once a part that joined has failed: then the transaction can only be rolled back. */
  readonly canCommit: boolean;
  /**
   * Gives a statement that goes to the server in front of the first one, in the same trip; when it fails, nothing after it has run.
   *
   * For a condition that the rest depends on, whose refusal is rare. The function goes on meanwhile, so what it does by other means than this transaction has to
   * wait for {@link Opening.now}; calls to other services are refused until it is done. Once, before the first statement, by the function that
   * began the transaction.
   */
  beginWith(text: string, values: readonly unknown[], options?: StatementOptions): Opening;
  /**
   * Gives a last statement, which goes to the server together with COMMIT, in one trip; when it fails the transaction is rolled back.
   *
   * For a write whose result nobody reads. Once in a transaction.
   */
  commitWith(text: string, values: readonly unknown[], options?: StatementOptions): void;
  /**
   * Adds many rows to a table with `COPY`, all or none.
   *
   * Values are written as parameters of a statement are. Triggers and constraints hold; rules do not.
   *
   * Cost: one trip; the rows are in memory twice.
   *
   * @returns number of rows.
   */
  copyIn(target: CopyTarget, rows: Iterable<readonly unknown[]>): Promise<number>;
  /**
   * Runs a hook once the whole transaction is committed, before its caller goes on; hooks of one transaction run in order.
   *
   * Outside of the transaction, so it may call other services. A hook that fails is logged and changes nothing: the commit stands. A
   * process that dies in between runs none, so a hook may only hurry what happens anyway. None runs when the outcome is unknown.
   */
  afterCommit(hook: EndHook): void;
  /** Runs a hook once the transaction, or the savepoint it was added in, is rolled back; otherwise as {@link afterCommit}. */
  afterRollback(hook: EndHook): void;
}

/** How often and with which pauses a transaction is repeated after a conflict. */
export interface RepeatOptions {
  /** Runs in all, 1 or more, default 5. */
  readonly maxAttempts?: number;
  /** Longest pause before the second run in milliseconds, default 10; doubles with each run. The pause is random between 0 and that. */
  readonly baseDelayMs?: number;
  /** Bound of the pauses in milliseconds, default 500. */
  readonly maxDelayMs?: number;
}

/** Where a transaction that only reads may run: see `reads` of the {@link TransactionOptions}. */
export type ReadTarget = 'primary' | 'replica' | { readonly maxLagMs: number };

/** How one transaction runs. */
export interface TransactionOptions {
  /** Shown in logs and metrics; a fixed word such as `place-order`, default `transaction`. */
  readonly name?: string;
  /** What to do when a transaction of this database is open already, default `required`: join it. */
  readonly propagation?: Propagation;
  /** Default `read committed`. The stronger two end with `DATABASE_CONFLICT` under contention: make the function `repeatable`. */
  readonly isolation?: 'read committed' | 'repeatable read' | 'serializable';
  /** Refuses writes, default false. */
  readonly readOnly?: boolean;
  /**
   * Where it runs, default `primary`. `replica`: on a replica of the database that is fit for it, if there is one; it may miss what was committed in the last
   * `maxLagMs` of the replicas, or of its own. With `readOnly` only, not with `serializable`. The function may run a second time, on the primary, when
   * the replica fails.
   */
  readonly reads?: ReadTarget;
  /** Waits for a snapshot that cannot meet a conflict, default false; with `serializable` and `readOnly` only. */
  readonly deferrable?: boolean;
  /** Limit of the whole transaction in milliseconds, 1 or more, default none; needs PostgreSQL 17. The server ends it even when this process is frozen. */
  readonly timeoutMs?: number;
  /** Limit of each statement in milliseconds instead of the database's; 0 is none. */
  readonly statementTimeoutMs?: number;
  /** The function may run again after a serialization failure, deadlock or lock time-out: all its effects are in this database. Default false. */
  readonly repeatable?: boolean | RepeatOptions;
  /** Reasons of errors that do not roll back: the transaction is committed, then the error is thrown. Default none. */
  readonly commitOn?: readonly Reason[];
}
