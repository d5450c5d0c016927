import { isPlatformError, PlatformError } from '@mainstay/kernel';
import { type CommandResult, type Connection, lastResult } from '../database/connection.ts';
import type { ConnectionPool } from '../database/connection-pool.ts';
import type { ExchangeStatement } from '../database/exchange.ts';
import { postgresReasons as reasons } from '../errors.ts';
import { isConnectionLost } from '../sql-error.ts';
import { beginTexts } from './begin-texts.ts';
import type { TransactionOptions } from './transaction.ts';

const commitStatement: ExchangeStatement = { text: 'COMMIT', isSilent: true };

/**
 * The connection of one transaction.
 *
 * Nothing is sent to begin it: `BEGIN` travels with the first statement, and a last statement travels with `COMMIT`, so that neither costs a
 * trip. One that sends nothing costs the server nothing.
 */
export class Session {
  readonly #pool: ConnectionPool;
  readonly #name: string;
  readonly #limitMs: number;
  readonly #begin: readonly ExchangeStatement[];
  #connection: Connection;
  /** Resolves when the transaction has begun or failed to; undefined before. */
  #beginning: Promise<unknown> | undefined;
  #hasBegun = false;

  private constructor(pool: ConnectionPool, connection: Connection, options: TransactionOptions & { limitMs: number }) {
    this.#pool = pool;
    this.#connection = connection;
    this.#name = options.name ?? 'transaction';
    this.#limitMs = options.limitMs;
    this.#begin = beginTexts(options).map((text) => ({ text, isSilent: true }));
  }

  static async open(pool: ConnectionPool, options: TransactionOptions, limitMs: number): Promise<Session> {
    return new Session(pool, await pool.acquire(options.name ?? 'transaction'), { ...options, limitMs });
  }

  /** Runs one statement; before COMMIT is sent a lost connection means that nothing of the transaction happened. */
  async run<Row extends object>(statement: ExchangeStatement): Promise<CommandResult<Row>> {
    try {
      if (this.#beginning === undefined) {
        const first = this.#runFirst(statement);
        this.#beginning = first.catch(() => undefined);
        return lastResult(await first);
      }
      if (!this.#hasBegun) await this.#beginning;
      return lastResult(await this.#connection.run([statement], this.#limitMs));
    } catch (error) {
      throw rolledBack(error);
    }
  }

  /**
   * A connection may have died in the pool unnoticed. What was sent with BEGIN has left nothing behind when it is lost, so a second connection
   * is tried before giving up.
   */
  async #runFirst(statement: ExchangeStatement): Promise<readonly CommandResult<object>[]> {
    try {
      return await this.#beginWith(statement);
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
      this.#connection.release('close');
      // Without a second connection the loss of the first is what happened.
      this.#connection = await this.#pool.acquire(this.#name).catch(() => Promise.reject(error));
      return await this.#beginWith(statement);
    } finally {
      this.#hasBegun = true;
    }
  }

  async #beginWith(statement: ExchangeStatement): Promise<readonly CommandResult<object>[]> {
    if (!isSeveral(statement)) return await this.#connection.run([...this.#begin, statement], this.#limitMs);
    await this.#connection.run(this.#begin, this.#limitMs);
    return await this.#connection.run([statement], this.#limitMs);
  }

  /**
   * Commits, with a last statement when one is given.
   *
   * COMMIT of a failed transaction answers ROLLBACK without an error, so the answer is looked at.
   */
  async commit(last: ExchangeStatement | undefined): Promise<void> {
    if (this.#beginning === undefined && last === undefined) return;
    const begin = this.#beginning === undefined ? this.#begin : [];
    const statements = last === undefined ? [commitStatement] : [...begin, last, commitStatement];
    let answer: CommandResult<object>;
    try {
      answer = lastResult(await this.#connection.run(statements, this.#limitMs));
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
        `transaction ${this.#name} was rolled back: one of its statements had failed and the function went on`,
      );
    }
  }

  /** Rolls back whatever state the transaction is in, and gives the connection back. */
  async rollback(): Promise<void> {
    const connection = this.#connection;
    if (this.#beginning === undefined || connection.isBroken()) {
      connection.release();
      return;
    }
    try {
      await connection.run([{ text: 'ROLLBACK', isSilent: true }], this.#limitMs);
      connection.release();
    } catch {
      // Closing the connection makes the server roll back; the failure that led here is the one to report.
      connection.release('close');
    }
  }

  release(how?: 'close'): void {
    this.#connection.release(how);
  }
}

/** A text of several statements goes by the simple protocol, alone. */
function isSeveral({ text, values }: ExchangeStatement): boolean {
  return (values === undefined || values.length === 0) && text.includes(';');
}

function rolledBack(error: unknown): unknown {
  if (!isPlatformError(error) || !isConnectionLost(error) || error.executed === 'no') return error;
  const reason = reasons[error.reason as keyof typeof reasons];
  return new PlatformError(reason, error.rawMessage, { executed: 'no', cause: error.cause });
}
