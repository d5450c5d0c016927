import type { SqlExecutor } from './sql-executor.ts';

/**
 * The right to be the only one who does a kind of work, held by this process at the moment.
 *
 * The epoch grows with each new holder; it tells the writes of one holder from those of all others.
 */
export interface HeldLease {
  readonly name: string;
  /** 1 for the first holder ever, one more for each later one. */
  readonly epoch: number;
  /** Aborts before the lease can run out unrenewed, when it was lost, when it is handed over, and when `run` has to stop. */
  readonly signal: AbortSignal;
  /**
   * Statements that fail as a whole, with `LEASE_LOST`, once somebody else holds the lease; the check is part of each statement.
   *
   * @param sql - a pool, or an open transaction. In a transaction one such statement protects all others until its end: the
   * next holder cannot begin before.
   */
  fence(sql: SqlExecutor): SqlExecutor;
}

/** Keeps leases for the workers of one process. */
export interface LeaseKeeper {
  /**
   * Runs `work` whenever this process holds the lease of that name, again and again, until `signal` aborts.
   *
   * `work` has to stop on the lease's signal. When it ends by itself or fails, the lease is given up and asked for again after a
   * pause.
   *
   * @returns when `signal` has aborted, the work has ended and the lease is released.
   */
  run(name: string, work: (lease: HeldLease) => Promise<void>, signal: AbortSignal): Promise<void>;
}
