import { isPlatformError, PlatformError, type SqlResult, type StatementOptions } from '@mainstay/kernel';
import type { Kysely } from 'kysely';
import { postgresReasons as reasons } from '../errors.ts';
import { isConnectionLost } from '../sql-error.ts';
import type { Connection, ConnectionPool } from './connection-pool.ts';
import type { Transaction, TransactionOptions } from './database.ts';
import { kyselyOn } from './kysely-dialect.ts';

/** What {@link runTransaction} needs beside the function. */
export interface TransactionRun extends TransactionOptions {
  /** Limit of each statement, resolved. */
  readonly statementTimeoutMs: number;
  /** Is that limit another than the connection's own? */
  readonly hasOwnTimeout: boolean;
  /** Limit of each statement on our side, for a server that no longer answers; 0 is none. */
  readonly answerTimeoutMs: number;
}

/** Runs one transaction on a connection of the pool; the connection is closed when it cannot be trusted afterwards. */
export async function runTransaction<T>(
  pool: ConnectionPool,
  run: (tx: Transaction) => Promise<T>,
  options: TransactionRun,
): Promise<T> {
  const name = options.name ?? 'transaction';
  const limitMs = options.answerTimeoutMs;
  const connection = await begin(pool, options, limitMs);
  const tx = createTransaction(connection, name, limitMs);
  try {
    const result = await run(tx.executor);
    tx.end();
    await commit(connection, name, limitMs);
    connection.release();
    return result;
  } catch (error) {
    tx.end();
    await rollback(connection, limitMs);
    throw error;
  }
}

function beginText(options: TransactionRun): string {
  const isolation = options.isolation === undefined ? '' : ` ISOLATION LEVEL ${options.isolation.toUpperCase()}`;
  const limit = options.hasOwnTimeout
    ? `; SET LOCAL statement_timeout = ${Math.trunc(options.statementTimeoutMs)}`
    : '';
  return `BEGIN${isolation}${limit}`;
}

/** A connection may have died in the pool unnoticed; BEGIN has no effect, so a second one is tried before giving up. */
async function begin(pool: ConnectionPool, options: TransactionRun, limitMs: number): Promise<Connection> {
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
async function commit(connection: Connection, name: string, limitMs: number): Promise<void> {
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

async function rollback(connection: Connection, limitMs: number): Promise<void> {
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

function createTransaction(connection: Connection, name: string, limitMs: number) {
  let ended = false;
  let kysely: Kysely<unknown> | undefined;
  const query = async <Row extends object>(
    text: string,
    values?: readonly unknown[],
    { prepareAs }: StatementOptions = {},
  ): Promise<SqlResult<Row>> => {
    if (ended) {
      throw new PlatformError(reasons.DATABASE_TRANSACTION_FAILED, `transaction ${name} was used after its end`);
    }
    try {
      return await connection.run<Row>({ text, values, prepareAs, answerTimeoutMs: limitMs });
    } catch (error) {
      throw rolledBack(error);
    }
  };
  const executor: Transaction = {
    query,
    get kysely() {
      kysely ??= kyselyOn({ query });
      return kysely;
    },
  };
  return {
    executor,
    end: () => {
      ended = true;
    },
  };
}

/** Before COMMIT is sent a lost connection means that nothing of the transaction happened. */
function rolledBack(error: unknown): unknown {
  if (!isPlatformError(error) || !isConnectionLost(error) || error.executed === 'no') return error;
  const reason = reasons[error.reason as keyof typeof reasons];
  return new PlatformError(reason, error.rawMessage, { executed: 'no', cause: error.cause });
}
