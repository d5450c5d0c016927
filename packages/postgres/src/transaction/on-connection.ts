import { isPlatformError, PlatformError, type SqlResult, type StatementOptions } from '@mainstay/kernel';
import type { Connection, ConnectionPool } from '../database/connection-pool.ts';
import { postgresReasons as reasons } from '../errors.ts';
import { isConnectionLost } from '../sql-error.ts';
import { beginText } from './begin-text.ts';
import type { RunStatement } from './scope.ts';
import type { TransactionOptions } from './transaction.ts';

/** Runs statements of an open transaction. */
export function statementsOn(connection: Connection, limitMs: number): RunStatement {
  return async <Row extends object>(
    text: string,
    values: readonly unknown[] | undefined,
    options: StatementOptions | undefined,
  ): Promise<SqlResult<Row>> => {
    try {
      return await connection.run<Row>({ text, values, prepareAs: options?.prepareAs, answerTimeoutMs: limitMs });
    } catch (error) {
      throw rolledBack(error);
    }
  };
}

/** A connection may have died in the pool unnoticed; BEGIN has no effect, so a second one is tried before giving up. */
export async function begin(pool: ConnectionPool, options: TransactionOptions, limitMs: number): Promise<Connection> {
  const text = beginText(options);
  for (let attempt = 1; ; attempt++) {
    const connection = await pool.acquire(options.name ?? 'transaction');
    try {
      await connection.run({ text, answerTimeoutMs: limitMs });
      return connection;
    } catch (error) {
      connection.release('close');
      if (attempt === 2 || !isConnectionLost(error)) throw rolledBack(error);
    }
  }
}

/** COMMIT of a failed transaction answers ROLLBACK without an error, so the answer is looked at. */
export async function commit(connection: Connection, name: string, limitMs: number): Promise<void> {
  let answer: SqlResult<object> & { readonly command?: string };
  try {
    answer = await connection.run({ text: 'COMMIT', answerTimeoutMs: limitMs });
  } catch (error) {
    if (!isConnectionLost(error)) throw error;
    throw new PlatformError(reasons.DATABASE_UNAVAILABLE, 'the connection broke while the transaction committed', {
      executed: 'maybe',
      cause: error,
    });
  }
  if (answer.command !== 'COMMIT') {
    throw new PlatformError(
      reasons.DATABASE_TRANSACTION_FAILED,
      `transaction ${name} was rolled back: one of its statements had failed and the function went on`,
    );
  }
}

/** Rolls back whatever state the transaction is in. */
export async function rollback(connection: Connection, limitMs: number): Promise<void> {
  if (connection.isBroken()) {
    connection.release('close');
    return;
  }
  try {
    await connection.run({ text: 'ROLLBACK', answerTimeoutMs: limitMs });
    connection.release();
  } catch {
    // Closing the connection makes the server roll back; the failure that led here is the one to report.
    connection.release('close');
  }
}

/** Before COMMIT is sent a lost connection means that nothing of the transaction happened. */
function rolledBack(error: unknown): unknown {
  if (!isPlatformError(error) || !isConnectionLost(error) || error.executed === 'no') return error;
  const reason = reasons[error.reason as keyof typeof reasons];
  return new PlatformError(reason, error.rawMessage, { executed: 'no', cause: error.cause });
}
