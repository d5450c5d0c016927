/** Result of one statement. */
export interface SqlResult<Row> {
  readonly rows: readonly Row[];
  /** Rows returned or changed. */
  readonly rowCount: number;
}

/** How one statement runs. */
export interface StatementOptions {
  /**
   * Name under which each connection keeps the parsed and planned statement, so that later runs of the same text skip
   * both; unique per text, at most 63 characters. For statements whose text never varies. Absent: planned each time.
   */
  readonly prepareAs?: string;
}

/**
 * Runs SQL: a pool (each statement its own transaction) or one open transaction.
 *
 * Packages that keep state in their user's database take this port, so that their rows
 * can be written in the same transaction as the user's own.
 */
export interface SqlExecutor {
  /** @param text - SQL with `$1`… parameters. @param values - one value per parameter. */
  query<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
    options?: StatementOptions,
  ): Promise<SqlResult<Row>>;
}

/** A source of transactions. */
export interface TransactionalSql extends SqlExecutor {
  /** Runs a function in one transaction: commits when it resolves, rolls back when it rejects. */
  transaction<T>(run: (tx: SqlExecutor) => Promise<T>): Promise<T>;
}
