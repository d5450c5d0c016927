import type { SqlResult, StatementOptions } from '@mainstay/kernel';
import { silentLogger, silentMeter, systemClock } from '@mainstay/kernel';
import type { Kysely } from 'kysely';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import { kyselyOn } from '../connection/kysely-dialect.ts';
import { createCapacity } from '../connection/pool-capacity.ts';
import { createPoolMetrics } from '../connection/pool-metrics.ts';
import { runStatement } from '../connection/single-statement.ts';
import type { DatabaseOptions } from '../database-options.ts';
import { createRouting } from '../replicas/create-routing.ts';
import type { ReplicaSet } from '../replicas/replica-set.ts';
import type { RunStatement } from '../transaction/scope.ts';
import { type TransactHost, transact } from '../transaction/transact.ts';
import type { Transaction, TransactionOptions } from '../transaction/transaction.ts';
import type { Database, DatabaseReads } from './database.ts';

/** What a database stands on. */
export interface DatabaseParts {
  readonly pool: ConnectionPool;
  readonly replicas: ReplicaSet | undefined;
}

/** Makes the database on an open pool. */
export function createDatabase({ pool, replicas }: DatabaseParts, options: DatabaseOptions): Database {
  const { name, statementTimeoutMs = 10_000, answerMarginMs = 5_000 } = options;
  const answerTimeoutMs = (limitMs: number = statementTimeoutMs): number =>
    limitMs === 0 ? 0 : limitMs + answerMarginMs;
  const place = { name, pool, limitMs: answerTimeoutMs() };
  const run: RunStatement = (statement) => runStatement(place, statement);
  const routing = createRouting(replicas, place);
  const query = queryBy(run);
  const reserve = createCapacity(options.maxConnections ?? 10);

  let kysely: Kysely<unknown> | undefined;
  const database: Database = {
    get kysely() {
      kysely ??= kyselyOn({ query });
      return kysely;
    },
    reads: readsBy(queryBy(routing.run)),
    query,
    transaction: <T>(
      first: TransactionOptions | ((tx: Transaction) => Promise<T>),
      work?: (tx: Transaction) => Promise<T>,
    ): Promise<T> => (typeof first === 'function' ? transact(host, {}, first) : transact(host, first, work!)),
    reserve,
    async ping(signal) {
      await abortable(query('SELECT 1'), signal);
    },
    stats: () => pool.stats(),
    async [Symbol.asyncDispose]() {
      await Promise.all([pool.close(), replicas?.[Symbol.asyncDispose]()]);
    },
  };
  const host: TransactHost = {
    pool,
    name,
    source: database,
    logger: options.logger ?? silentLogger,
    clock: options.clock ?? systemClock,
    remoteCalls: options.remoteCalls ?? 'refuse',
    random: options.random ?? Math.random,
    metrics: createPoolMetrics(options.meter ?? silentMeter, name),
    answerTimeoutMs,
    run,
    routing,
  };
  return database;
}

function queryBy(run: RunStatement): Database['query'] {
  return <Row extends object>(
    text: string,
    values?: readonly unknown[],
    options?: StatementOptions,
  ): Promise<SqlResult<Row>> => run<Row>({ text, values, prepareAs: options?.prepareAs });
}

function readsBy(query: Database['query']): DatabaseReads {
  let kysely: Kysely<unknown> | undefined;
  return {
    query,
    get kysely() {
      kysely ??= kyselyOn({ query });
      return kysely;
    },
  };
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
