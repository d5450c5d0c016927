import { isPlatformError, type SqlResult } from '@mainstay/kernel';
import { currentContext, type WrittenPositions } from '@mainstay/kernel/context';
import { type CommandResult, type Connection, lastResult } from './connection.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { type ExchangeStatement, goesAlone } from './exchange.ts';
import { noReplicaYet, positionOf, positionStatement } from './log-position.ts';

/** Where single statements run. */
export interface StatementPlace {
  /** Of the database, under which a call notes what it wrote. */
  readonly name: string;
  readonly pool: ConnectionPool;
  /** Of the wait for an answer, in milliseconds; 0 is none. */
  readonly limitMs: number;
}

const begin: ExchangeStatement = { text: 'BEGIN', isSilent: true };
const beginReadOnly: ExchangeStatement = { text: 'BEGIN READ ONLY', isSilent: true };
const commit: ExchangeStatement = { text: 'COMMIT', isSilent: true };
const rollback: ExchangeStatement = { text: 'ROLLBACK', isSilent: true };

/** Runs a statement in a transaction of its own, and notes how far the log has come then when the call keeps count. */
export async function runStatement<Row extends object>(
  { name, pool, limitMs }: StatementPlace,
  statement: ExchangeStatement,
): Promise<SqlResult<Row>> {
  const context = currentContext();
  const uncertain = context?.effect?.certain?.();
  if (uncertain !== undefined) await uncertain;
  const connection = await pool.acquire('statement');
  try {
    if (context?.written === undefined) return lastResult<Row>(await connection.run([statement], limitMs));
    return await runAndNote<Row>(connection, statement, { name, limitMs, written: context.written });
  } finally {
    connection.release();
  }
}

/** Runs a statement on a primary as a replica would: one that writes is refused. One trip, as without. */
export async function runReading<Row extends object>(
  { pool, limitMs }: StatementPlace,
  statement: ExchangeStatement,
): Promise<SqlResult<Row>> {
  const connection = await pool.acquire('read', true);
  try {
    const [, result] = await inTransaction(connection, [beginReadOnly, statement, commit], limitMs);
    return result as CommandResult<Row>;
  } finally {
    connection.release();
  }
}

/** Runs a statement on a replica, whose server refuses what writes. */
export async function runOnReplica<Row extends object>(
  { pool, limitMs }: StatementPlace,
  statement: ExchangeStatement,
): Promise<SqlResult<Row>> {
  const connection = await pool.acquire('read');
  try {
    return lastResult<Row>(await connection.run([statement], limitMs));
  } finally {
    connection.release();
  }
}

async function runAndNote<Row extends object>(
  connection: Connection,
  statement: ExchangeStatement,
  { name, limitMs, written }: { readonly name: string; readonly limitMs: number; readonly written: WrittenPositions },
): Promise<SqlResult<Row>> {
  try {
    if (goesAlone(statement)) {
      const results = await connection.run([statement], limitMs);
      written.raise(name, noReplicaYet);
      return lastResult<Row>(results);
    }
    const [, result, , asked] = await inTransaction(connection, [begin, statement, commit, positionStatement], limitMs);
    written.raise(name, positionOf(asked!.rows));
    return result as CommandResult<Row>;
  } catch (error) {
    if (!isPlatformError(error) || error.executed !== 'no') written.raise(name, noReplicaYet);
    throw error;
  }
}

/** A statement that fails leaves its transaction open on the connection, which has to be free of it before others get it. */
async function inTransaction(
  connection: Connection,
  statements: readonly ExchangeStatement[],
  limitMs: number,
): Promise<readonly CommandResult<object>[]> {
  try {
    return await connection.run(statements, limitMs);
  } catch (error) {
    if (!connection.isBroken()) await connection.run([rollback], limitMs).catch(() => connection.release('close'));
    throw error;
  }
}
