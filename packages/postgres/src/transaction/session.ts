import { isPlatformError, optionError, PlatformError } from '@mainstay/kernel';
import { type CommandResult, type Connection, lastResult } from '../connection/connection.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import { type ExchangeAnswer, type ExchangeStatement, goesAlone } from '../connection/exchange.ts';
import { noReplicaYet, positionOf, positionStatement } from '../connection/log-position.ts';
import { postgresReasons as reasons } from '../errors.ts';
import { isConnectionLost } from '../sql-error.ts';
import { beginTexts } from './begin-texts.ts';
import { OpeningStatement } from './opening.ts';
import type { TransactionOptions } from './transaction.ts';

const commitStatement: ExchangeStatement = { text: 'COMMIT', isSilent: true };

/**
 * The connection of one transaction.
 *
 * Nothing is sent to begin it: `BEGIN` and an opening travel with the first statement, and a last statement travels with `COMMIT`, so that none costs a
 * trip. One that sends nothing costs the server nothing.
 */
export class Session {
  readonly #pool: ConnectionPool;
  readonly #name: string;
  readonly #limitMs: number;
  readonly #isReadOnly: boolean | undefined;
  #begin: readonly ExchangeStatement[];
  #opening: OpeningStatement | undefined;
  #connection: Connection;
  /** Resolves when the transaction has begun or failed to; undefined before. */
  #beginning: Promise<unknown> | undefined;
  #hasBegun = false;
  #isOver = false;

  private constructor(pool: ConnectionPool, connection: Connection, options: TransactionOptions & { limitMs: number }) {
    this.#pool = pool;
    this.#connection = connection;
    this.#name = options.name ?? 'transaction';
    this.#limitMs = options.limitMs;
    this.#isReadOnly = options.readOnly;
    this.#begin = beginTexts(options).map((text) => ({ text, isSilent: true }));
  }

  static async open(pool: ConnectionPool, options: TransactionOptions, limitMs: number): Promise<Session> {
    const connection = await pool.acquire(options.name ?? 'transaction', options.readOnly);
    return new Session(pool, connection, { ...options, limitMs });
  }

  /** Takes a statement that goes with BEGIN, in front of the first other one; before that is sent. */
  openWith(statement: ExchangeStatement): OpeningStatement {
    if (this.#beginning !== undefined || this.#opening !== undefined) {
      throw optionError('beginWith', 'called once in a transaction, before its first statement', statement.text);
    }
    this.#opening = new OpeningStatement(statement, () => this.#open());
    this.#begin = [...this.#begin, this.#opening.statement];
    return this.#opening;
  }

  async #open(): Promise<void> {
    if (this.#isOver) {
      throw new PlatformError(reasons.DATABASE_TRANSACTION_FAILED, `transaction ${this.#name} was used after its end`);
    }
    this.#beginning ??= this.#runFirst().catch(() => undefined);
    await this.#beginning;
    if (this.#opening?.state === 'failed') throw rolledBack(this.#opening.error);
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
  async #runFirst(statement?: ExchangeStatement): Promise<readonly CommandResult<object>[]> {
    try {
      return await this.#beginWith(statement);
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
      this.#connection.release('close');
      // Without a second connection the loss of the first is what happened.
      this.#connection = await this.#pool.acquire(this.#name, this.#isReadOnly).catch(() => Promise.reject(error));
      return await this.#beginWith(statement);
    } finally {
      this.#hasBegun = true;
    }
  }

  async #beginWith(statement: ExchangeStatement | undefined): Promise<readonly CommandResult<object>[]> {
    const opening = this.#opening;
    if (opening !== undefined) opening.state = 'sent';
    try {
      if (statement === undefined) return await this.#connection.run(this.#begin, this.#limitMs);
      if (!goesAlone(statement)) return await this.#connection.run([...this.#begin, statement], this.#limitMs);
      await this.#connection.run(this.#begin, this.#limitMs);
    } catch (error) {
      opening?.failed(error);
      throw error;
    }
    return await this.#connection.run([statement], this.#limitMs);
  }

  /**
   * Commits, with a last statement when one is given.
   *
   * COMMIT of a failed transaction answers ROLLBACK without an error, so the answer is looked at.
   *
   * @returns how far the log had come afterwards, when that is asked for and something may have been written.
   */
  async commit(last: ExchangeStatement | undefined, wantsPosition: boolean): Promise<bigint | undefined> {
    this.#isOver = true;
    if (this.#beginning === undefined && last === undefined) return undefined;
    if (!this.#hasBegun) await this.#beginning;
    const begin = this.#beginning === undefined ? this.#begin : [];
    this.#beginning ??= Promise.resolve();
    let answer: { readonly command: string } | undefined;
    const commit = wantsPosition
      ? { ...commitStatement, onAnswer: (said: ExchangeAnswer) => void (answer = said) }
      : commitStatement;
    const statements = last === undefined ? [commit] : [...begin, last, commit];
    let position: bigint | undefined;
    try {
      if (wantsPosition) {
        position = positionOf(
          lastResult(await this.#connection.run([...statements, positionStatement], this.#limitMs)).rows,
        );
      } else {
        answer = lastResult(await this.#connection.run(statements, this.#limitMs));
      }
    } catch (error) {
      // Committed, but nobody knows up to where.
      if (answer?.command === 'COMMIT') return noReplicaYet;
      if (begin.length > 0) this.#opening?.failed(error);
      if (!isConnectionLost(error)) throw error;
      throw new PlatformError(reasons.DATABASE_UNAVAILABLE, 'the connection broke while the transaction committed', {
        executed: 'maybe',
        cause: error,
      });
    }
    if (answer?.command !== 'COMMIT') {
      throw new PlatformError(
        reasons.DATABASE_TRANSACTION_FAILED,
        `transaction ${this.#name} was rolled back: one of its statements had failed and the function went on`,
      );
    }
    return position;
  }

  /** Rolls back whatever state the transaction is in, and gives the connection back. */
  async rollback(): Promise<void> {
    this.#isOver = true;
    if (!this.#hasBegun) await this.#beginning;
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
    this.#isOver = true;
    this.#connection.release(how);
  }
}

function rolledBack(error: unknown): unknown {
  if (!isPlatformError(error) || !isConnectionLost(error) || error.executed === 'no') return error;
  const reason = reasons[error.reason as keyof typeof reasons];
  return new PlatformError(reason, error.rawMessage, { executed: 'no', cause: error.cause });
}
