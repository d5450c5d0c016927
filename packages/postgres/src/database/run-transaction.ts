import { isPlatformError, PlatformError, type SqlResult } from '@mainstay/kernel';
import type { Kysely } from 'kysely';
import { postgresReasons as reasons } from '../errors.ts';
import { isConnectionLost, toSqlError } from '../sql-error.ts';
import { type Connection, type ConnectionPool, endedError } from './connection-pool.ts';
import type { Transaction, TransactionOptions } from './database.ts';
import { kyselyOn } from './kysely-dialect.ts';

/** Milliseconds that the server gets beyond the statement time-out before we call it dead. */
export const answerMarginMs = 5_000;

/** The limit on our side for a statement limit on the server's side; 0 stays none. */
export function answerTimeoutMs(statementTimeoutMs: number): number {
  return statementTimeoutMs === 0 ? 0 : statementTimeoutMs + answerMarginMs;
}

/** Runs one transaction on a connection of the pool; the connection is closed when it cannot be trusted afterwards. */
export async function runTransaction<T>(
  pool: ConnectionPool,
  run: (tx: Transaction) => Promise<T>,
  options: TransactionOptions & { readonly statementTimeoutMs: number; readonly setTimeout: boolean },
): Promise<T> {
  const name = options.name ?? 'transaction';
  const limitMs = answerTimeoutMs(options.statementTimeoutMs);
  const connection = await begin(pool, name, beginText(options), limitMs);
  const tx = createTransaction(connection, name, limitMs);
  try {
    const result = await run(tx.executor);
    tx.end();
    await commit(connection, name, limitMs);
    connection.release('usable');
    return result;
  } catch (error) {
    tx.end();
    await rollback(connection, error, limitMs);
    throw toSqlError(error);
  }
}

function beginText(options: TransactionOptions & { readonly setTimeout: boolean }): string {
  const isolation = options.isolation === undefined ? '' : ` ISOLATION LEVEL ${options.isolation.toUpperCase()}`;
  const limit = options.setTimeout
    ? `; SET LOCAL statement_timeout = ${Math.trunc(options.statementTimeoutMs ?? 0)}`
    : '';
  return `BEGIN${isolation}${limit}`;
}

/** A connection may have died in the pool unnoticed; BEGIN has no effect, so a second one is tried before giving up. */
async function begin(pool: ConnectionPool, name: string, text: string, limitMs: number): Promise<Connection> {
  for (let attempt = 1; ; attempt++) {
    const connection = await pool.acquire(name);
    try {
      await connection.run({ text, answerTimeoutMs: limitMs });
      return connection;
    } catch (error) {
      connection.release('broken');
      if (attempt === 2 || !isConnectionLost(error)) throw error;
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

async function rollback(connection: Connection, failure: unknown, limitMs: number): Promise<void> {
  if (isConnectionLost(failure)) {
    connection.release('broken');
    return;
  }
  try {
    await connection.run({ text: 'ROLLBACK', answerTimeoutMs: limitMs });
    connection.release('usable');
  } catch {
    // The failure that led here matters more; closing the connection makes the server roll back.
    connection.release('broken');
  }
}

function createTransaction(connection: Connection, name: string, limitMs: number) {
  let ended = false;
  let kysely: Kysely<unknown> | undefined;
  const query = async <Row extends object>(text: string, values?: readonly unknown[]): Promise<SqlResult<Row>> => {
    if (ended) throw endedError(name);
    try {
      return await connection.run<Row>({ text, values, answerTimeoutMs: limitMs });
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
  if (!isPlatformError(error, reasons.DATABASE_UNAVAILABLE) || error.executed === 'no') return error;
  return new PlatformError(reasons.DATABASE_UNAVAILABLE, error.rawMessage, { executed: 'no', cause: error.cause });
}
