import type { SqlResult, StatementOptions } from '@mainstay/kernel';
import { silentLogger, silentMeter, systemClock } from '@mainstay/kernel';
import { currentContext } from '@mainstay/kernel/context';
import type { Kysely } from 'kysely';
import { type TransactHost, transact } from '../transaction/transact.ts';
import type { Transaction, TransactionOptions } from '../transaction/transaction.ts';
import { lastResult } from './connection.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { Database } from './database.ts';
import type { DatabaseOptions } from './database-options.ts';
import type { ExchangeStatement } from './exchange.ts';
import { kyselyOn } from './kysely-dialect.ts';
import { createCapacity } from './pool-capacity.ts';
import { createPoolMetrics } from './pool-metrics.ts';

/** Makes the database on an open pool. */
export function createDatabase(pool: ConnectionPool, options: DatabaseOptions): Database {
  const { statementTimeoutMs = 10_000, answerMarginMs = 5_000 } = options;
  const answerTimeoutMs = (limitMs: number = statementTimeoutMs): number =>
    limitMs === 0 ? 0 : limitMs + answerMarginMs;
  const answerLimitMs = answerTimeoutMs();
  const run = async <Row extends object>(statement: ExchangeStatement): Promise<SqlResult<Row>> => {
    const uncertain = currentContext()?.effect?.certain?.();
    if (uncertain !== undefined) await uncertain;
    const connection = await pool.acquire('statement');
    try {
      return lastResult<Row>(await connection.run([statement], answerLimitMs));
    } finally {
      connection.release();
    }
  };
  const query = <Row extends object>(
    text: string,
    values?: readonly unknown[],
    options?: StatementOptions,
  ): Promise<SqlResult<Row>> => run<Row>({ text, values, prepareAs: options?.prepareAs });
  const reserve = createCapacity(options.maxConnections ?? 10);

  let kysely: Kysely<unknown> | undefined;
  const database: Database = {
    get kysely() {
      kysely ??= kyselyOn({ query });
      return kysely;
    },
    query,
    transaction: <T>(
      first: TransactionOptions | ((tx: Transaction) => Promise<T>),
      run?: (tx: Transaction) => Promise<T>,
    ): Promise<T> => (typeof first === 'function' ? transact(host, {}, first) : transact(host, first, run!)),
    reserve,
    async ping(signal) {
      await abortable(query('SELECT 1'), signal);
    },
    stats: () => pool.stats(),
    [Symbol.asyncDispose]: () => pool.close(),
  };
  const host: TransactHost = {
    pool,
    source: database,
    logger: options.logger ?? silentLogger,
    clock: options.clock ?? systemClock,
    remoteCalls: options.remoteCalls ?? 'refuse',
    random: options.random ?? Math.random,
    metrics: createPoolMetrics(options.meter ?? silentMeter, options.name),
    answerTimeoutMs,
    run,
  };
  return database;
}

async function abortable(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) {
    await work;
    return;
  }
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    await Promise.race([aborted.promise, work]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    // The statement goes on until its own limit; its late failure has nobody left to tell.
    work.catch(() => undefined);
  }
}
