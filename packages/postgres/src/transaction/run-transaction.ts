import { type Clock, isPlatformError, type Logger, PlatformError } from '@mainstay/kernel';
import { currentContext, type OpenTransaction, withContext } from '@mainstay/kernel/context';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import { noReplicaYet } from '../connection/log-position.ts';
import { postgresReasons as reasons } from '../errors.ts';
import { commitsOn, partFailed, Scope } from './scope.ts';
import { Session } from './session.ts';
import type { Transaction, TransactionOptions } from './transaction.ts';

/** Where transactions of one database run. */
export interface TransactionHost {
  readonly pool: ConnectionPool;
  /** Of the database, under which a call notes what it wrote. */
  readonly name: string;
  readonly source: object;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly remoteCalls: 'refuse' | 'warn';
  /** Limit of a statement on our side, for a server that no longer answers; 0 is none. */
  answerTimeoutMs(statementTimeoutMs: number | undefined): number;
}

/** What {@link runTransaction} runs. */
export interface TransactionRun<T> {
  readonly run: (tx: Transaction) => Promise<T>;
  readonly options: TransactionOptions;
  /** The transaction around, of this or another database. */
  readonly outer: OpenTransaction | undefined;
}

/** Runs one transaction on a connection of the pool; the connection is closed when it cannot be trusted afterwards. */
export async function runTransaction<T>(host: TransactionHost, work: TransactionRun<T>): Promise<T> {
  const { options } = work;
  const session = await Session.open(host.pool, options, host.answerTimeoutMs(options.statementTimeoutMs));
  const scope = openScope(host, work, session);
  const outcome = await settle(host, work, { session, scope });
  scope.close();
  if (outcome.state === 'rollback' || scope.failedPart !== undefined) {
    await session.rollback();
    await scope.runHooks('rollback');
    throw outcome.state === 'done' ? partFailed(scope) : outcome.error;
  }
  const written = options.readOnly === true ? undefined : currentContext()?.written;
  try {
    const position = await session.commit(scope.last, written !== undefined);
    if (position !== undefined) written?.raise(host.name, position);
    session.release();
  } catch (error) {
    if (!isPlatformError(error) || error.executed !== 'no') written?.raise(host.name, noReplicaYet);
    await session.rollback();
    if (!isPlatformError(error) || error.executed === 'no') await scope.runHooks('rollback');
    throw error;
  }
  await scope.runHooks('commit');
  if (outcome.state !== 'done') throw outcome.error;
  return outcome.result;
}

function openScope<T>(host: TransactionHost, work: TransactionRun<T>, session: Session): Scope {
  return new Scope({
    name: work.options.name ?? 'transaction',
    source: host.source,
    outer: work.outer,
    logger: host.logger,
    remoteCalls: host.remoteCalls,
    isolation: work.options.isolation,
    run: (statement) => session.run(statement),
    openWith: (statement) => session.openWith(statement),
  });
}

type Outcome<T> =
  | { readonly state: 'done'; readonly result: T }
  /** The function failed; by the rules the transaction is committed, or rolled back. */
  | { readonly state: 'commit' | 'rollback'; readonly error: unknown };

async function settle<T>(
  host: TransactionHost,
  { run, options }: TransactionRun<T>,
  { session, scope }: { readonly session: Session; readonly scope: Scope },
): Promise<Outcome<T>> {
  try {
    const guard = currentContext()?.effect?.guard(host.source);
    const running = withContext({ transaction: scope }, async () => {
      if (guard !== undefined) await guard(scope);
      return await run(scope);
    });
    const { timeoutMs } = options;
    if (timeoutMs === undefined) return { state: 'done', result: await running };
    return { state: 'done', result: await within(running, { host, session, scope, timeoutMs }) };
  } catch (error) {
    return { state: commitsOn(error, options.commitOn) ? 'commit' : 'rollback', error };
  }
}

/** The server ends the transaction at the same time; this ends the wait of a function that has no statement to fail. */
async function within<T>(
  running: Promise<T>,
  at: { host: TransactionHost; session: Session; scope: Scope; timeoutMs: number },
): Promise<T> {
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const cancel = at.host.clock.after(at.timeoutMs, () => {
    at.scope.close();
    at.session.release('close');
    reject(tookTooLong(at.scope.name, at.timeoutMs));
  });
  try {
    return await Promise.race([running, expired]);
  } finally {
    cancel();
  }
}

function tookTooLong(name: string, timeoutMs: number): PlatformError {
  return new PlatformError(reasons.DATABASE_STATEMENT_TIMEOUT, `transaction ${name} took longer than ${timeoutMs} ms`);
}
