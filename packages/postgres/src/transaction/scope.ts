import {
  isPlatformError,
  type Logger,
  optionError,
  PlatformError,
  type SqlResult,
  type StatementOptions,
} from '@mainstay/kernel';
import { type OpenTransaction, withContext } from '@mainstay/kernel/context';
import type { Kysely } from 'kysely';
import { copyText } from '../connection/copy-text.ts';
import type { ExchangeStatement } from '../connection/exchange.ts';
import { kyselyOn } from '../connection/kysely-dialect.ts';
import { postgresReasons as reasons } from '../errors.ts';
import { requireSqlName } from '../locks/names.ts';
import type { Opening, OpeningStatement } from './opening.ts';
import type { CopyTarget, EndHook, Transaction, TransactionOptions } from './transaction.ts';

/** Runs one statement for a scope. */
export type RunStatement = <Row extends object>(statement: ExchangeStatement) => Promise<SqlResult<Row>>;

/** What a scope is made of. */
export interface ScopeOptions {
  readonly name: string;
  readonly source: object;
  readonly outer: OpenTransaction | undefined;
  readonly logger: Logger;
  readonly remoteCalls: 'refuse' | 'warn';
  readonly isolation: TransactionOptions['isolation'];
  readonly run: RunStatement;
  /** Absent where nothing begins: in savepoints and without a transaction. */
  readonly openWith?: (statement: ExchangeStatement) => OpeningStatement;
}

/**
 * A transaction or a savepoint while it is open: its executor, its hooks, and whether a part of it has failed.
 *
 * It is the executor and the entry in the call context in one object, so that a transaction costs few of them.
 */
export class Scope implements Transaction, OpenTransaction {
  readonly name: string;
  readonly source: object;
  readonly outer: OpenTransaction | undefined;
  /** Set by a part that joined and failed: the scope can only be rolled back. */
  failedPart: { readonly name: string; readonly error: unknown } | undefined;
  /** Statement that goes to the server together with COMMIT. */
  last: ExchangeStatement | undefined;
  readonly #options: ScopeOptions;
  #isOpen = true;
  #opening: OpeningStatement | undefined;
  #kysely: Kysely<unknown> | undefined;
  #commitHooks: EndHook[] | undefined;
  #rollbackHooks: EndHook[] | undefined;
  #lastNested: Promise<unknown> | undefined;
  #savepointCount = 0;

  constructor(options: ScopeOptions) {
    this.name = options.name;
    this.source = options.source;
    this.outer = options.outer;
    this.#options = options;
  }

  get isolation(): TransactionOptions['isolation'] {
    return this.#options.isolation;
  }

  get canCommit(): boolean {
    return this.#isOpen && this.failedPart === undefined;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get kysely(): Kysely<unknown> {
    this.#kysely ??= kyselyOn(this);
    return this.#kysely;
  }

  readonly query = <Row extends object>(
    text: string,
    values?: readonly unknown[],
    options?: StatementOptions,
  ): Promise<SqlResult<Row>> => this.run<Row>({ text, values, prepareAs: options?.prepareAs });

  readonly run: RunStatement = async (statement) => {
    this.#mustBeOpen();
    return await this.#options.run(statement);
  };

  async copyIn({ table, columns }: CopyTarget, rows: Iterable<readonly unknown[]>): Promise<number> {
    const names = columns.map((column) => requireSqlName('copyIn.columns', column));
    const text = `COPY ${requireSqlName('copyIn.table', table)} (${names.join(', ')}) FROM STDIN`;
    return (await this.run({ text, copyIn: copyText(rows) })).rowCount;
  }

  beginWith(text: string, values: readonly unknown[], options?: StatementOptions): Opening {
    this.#mustBeOpen();
    const { openWith } = this.#options;
    if (openWith === undefined) throw optionError('beginWith', 'called where a transaction begins', this.name);
    this.#opening = openWith({ text, values, prepareAs: options?.prepareAs });
    return this.#opening;
  }

  commitWith(text: string, values: readonly unknown[], options?: StatementOptions): void {
    this.#mustBeOpen();
    if (this.last !== undefined) throw optionError('commitWith', 'called once in a transaction', text);
    this.last = { text, values, prepareAs: options?.prepareAs };
  }

  afterCommit(hook: EndHook): void {
    this.#mustBeOpen();
    (this.#commitHooks ??= []).push(hook);
  }

  afterRollback(hook: EndHook): void {
    this.#mustBeOpen();
    (this.#rollbackHooks ??= []).push(hook);
  }

  close(): void {
    this.#isOpen = false;
  }

  /** Savepoints of one scope stand one after another: rolling one back would take a later one with it. */
  async oneAtATime<T>(run: (savepoint: string) => Promise<T>): Promise<T> {
    this.#savepointCount += 1;
    const savepoint = `s${this.#savepointCount}`;
    const nested = this.#lastNested === undefined ? run(savepoint) : this.#lastNested.then(() => run(savepoint));
    this.#lastNested = nested.catch(() => undefined);
    return await nested;
  }

  /** What is rolled back to a savepoint stays so however the rest ends; hooks wait for that end in any case. */
  giveHooksTo(outer: Scope, outcome: 'commit' | 'rollback'): void {
    if (outcome === 'commit' && this.last !== undefined) outer.last ??= this.last;
    for (const hook of (outcome === 'commit' && this.#commitHooks) || []) outer.afterCommit(hook);
    for (const hook of this.#rollbackHooks ?? []) {
      outer.afterRollback(hook);
      if (outcome === 'rollback') outer.afterCommit(hook);
    }
  }

  async runHooks(outcome: 'commit' | 'rollback'): Promise<void> {
    const hooks = outcome === 'commit' ? this.#commitHooks : this.#rollbackHooks;
    for (const hook of hooks ?? []) {
      try {
        await withContext({ transaction: this.outer }, hook);
      } catch (error) {
        this.#options.logger.error('a hook of a transaction failed', { transaction: this.name, outcome, error });
      }
    }
  }

  beforeRemoteCall(call: string): void {
    if (!this.#isOpen) {
      this.outer?.beforeRemoteCall(call);
      return;
    }
    const { remoteCalls, logger } = this.#options;
    const isTooSoon = this.#opening !== undefined && this.#opening.state !== 'done';
    if (remoteCalls === 'warn' && isTooSoon) this.#opening!.hasHeldBack = true;
    if (remoteCalls === 'warn' && !isTooSoon) {
      logger.warn('remote call inside a transaction', { transaction: this.name, call });
      return;
    }
    throw new PlatformError(
      reasons.REMOTE_CALL_IN_TRANSACTION,
      `${call} was called inside transaction ${this.name}, which would keep its connection and locks for as long as the answer takes`,
    );
  }

  #mustBeOpen(): void {
    if (this.#isOpen) return;
    throw new PlatformError(reasons.DATABASE_TRANSACTION_FAILED, `transaction ${this.name} was used after its end`);
  }
}

/** Does an error leave the transaction to be committed? */
export function commitsOn(error: unknown, commitOn: readonly { readonly name: string }[] | undefined): boolean {
  return commitOn !== undefined && isPlatformError(error) && commitOn.some(({ name }) => name === error.reason);
}

/** The error of a scope that went on although a part of it had failed. */
export function partFailed(scope: Scope): PlatformError {
  const { name, error } = scope.failedPart!;
  return new PlatformError(
    reasons.DATABASE_TRANSACTION_FAILED,
    `transaction ${scope.name} was rolled back: ${name}, which was part of it, had failed and the function went on`,
    { cause: error },
  );
}
