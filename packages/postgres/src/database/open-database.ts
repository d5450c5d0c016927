import {
  type Clock,
  isPlatformError,
  type Logger,
  type Meter,
  optionError,
  type SqlResult,
  type StatementOptions,
  silentLogger,
  silentMeter,
  systemClock,
} from '@mainstay/kernel';
import type { Kysely } from 'kysely';
import { type ConnectionPool, createConnectionPool } from './connection-pool.ts';
import type { Database, Transaction, TransactionOptions, UntypedTables } from './database.ts';
import { kyselyOn } from './kysely-dialect.ts';
import { createPoolMetrics } from './pool-metrics.ts';
import { runTransaction } from './run-transaction.ts';

/** Options of {@link openDatabase}; none can be changed while the pool is open. */
export interface DatabaseOptions {
  /** `postgres://role:password@host:port/database`. */
  readonly url: string;
  /** Shown as `application_name` on the server and as label of metrics and log lines. */
  readonly name: string;
  /** Default silent. */
  readonly logger?: Logger;
  /** Default silent. */
  readonly meter?: Meter;
  /** Default the machine's. */
  readonly clock?: Clock;
  /** Most open connections, 1 or more, default 10. */
  readonly maxConnections?: number;
  /** Longest wait for a connection in milliseconds, 1 or more, default 2,000. */
  readonly acquireTimeoutMs?: number;
  /** Longest run of one statement in milliseconds, default 10,000; 0 is none. */
  readonly statementTimeoutMs?: number;
  /** The server ends a transaction that does nothing for this long, in milliseconds, default 60,000; 0 is never. */
  readonly idleInTransactionTimeoutMs?: number;
  /** A server that answers this much later than the statement time-out counts as gone, in milliseconds, default 5,000. */
  readonly answerMarginMs?: number;
  /** A connection held longer than this is logged with its holder, in milliseconds, default 10,000. */
  readonly heldTooLongMs?: number;
  /** Closing waits this long for holders and then cuts their connections, in milliseconds, default 5,000. */
  readonly closeTimeoutMs?: number;
}

/**
 * Opens a pool to one database and waits until the server has answered once.
 *
 * Afterwards the pool reconnects by itself: a server that goes away makes statements fail with `DATABASE_UNAVAILABLE` until it is back.
 * `bigint` columns come as `bigint`, `date` as text, `numeric` as text, `timestamptz` as `Date`, `bytea` as `Buffer`.
 *
 * Cost: one connection at first, more on demand; idle ones are closed after 30 s.
 *
 * @throws {@link PlatformError} `DATABASE_UNAVAILABLE` when the server does not answer, `DATABASE_ACCESS_DENIED` when it refuses
 * the login, `OPTION_INVALID` for an option out of range; nothing stays open.
 * @example
 * await using database = await openDatabase({ url, name: 'orders' });
 * await database.transaction(async (tx) => {
 *   await tx.query('UPDATE products SET stock = stock - $1 WHERE id = $2', [2, id]);
 * }, { name: 'take-stock' });
 */
export async function openDatabase<Tables = UntypedTables>(options: DatabaseOptions): Promise<Database<Tables>> {
  const pool = createPool(options);
  const database = createDatabase(pool, options);
  try {
    await database.ping();
  } catch (error) {
    await pool.close();
    throw error;
  }
  return database as Database<Tables>;
}

function createPool(options: DatabaseOptions): ConnectionPool {
  if (!/^postgres(ql)?:\/\//.test(options.url) || !URL.canParse(options.url)) {
    throw optionError('postgres.url', 'a postgres:// address', '(not shown)');
  }
  const atLeast = (name: keyof DatabaseOptions, minimum: number, fallback: number): number => {
    const value = (options[name] as number | undefined) ?? fallback;
    if (!Number.isInteger(value) || value < minimum) {
      throw optionError(`postgres.${name}`, `an integer of at least ${minimum}`, value);
    }
    return value;
  };
  return createConnectionPool({
    url: options.url,
    name: options.name,
    logger: options.logger ?? silentLogger,
    metrics: createPoolMetrics(options.meter ?? silentMeter, options.name),
    clock: options.clock ?? systemClock,
    maxConnections: atLeast('maxConnections', 1, 10),
    acquireTimeoutMs: atLeast('acquireTimeoutMs', 1, 2_000),
    statementTimeoutMs: atLeast('statementTimeoutMs', 0, 10_000),
    idleInTransactionTimeoutMs: atLeast('idleInTransactionTimeoutMs', 0, 60_000),
    heldTooLongMs: atLeast('heldTooLongMs', 1, 10_000),
    closeTimeoutMs: atLeast('closeTimeoutMs', 0, 5_000),
  });
}

function createDatabase(pool: ConnectionPool, options: DatabaseOptions): Database {
  const statementTimeoutMs = options.statementTimeoutMs ?? 10_000;
  const answerTimeoutMs = (limitMs: number): number =>
    limitMs === 0 ? 0 : limitMs + (options.answerMarginMs ?? 5_000);
  const clock = options.clock ?? systemClock;
  const metrics = createPoolMetrics(options.meter ?? silentMeter, options.name);

  const answerLimitMs = answerTimeoutMs(statementTimeoutMs);
  const query = async <Row extends object>(
    text: string,
    values?: readonly unknown[],
    { prepareAs }: StatementOptions = {},
  ): Promise<SqlResult<Row>> => {
    const connection = await pool.acquire('statement');
    try {
      return await connection.run<Row>({ text, values, prepareAs, answerTimeoutMs: answerLimitMs });
    } finally {
      connection.release();
    }
  };

  let kysely: Kysely<unknown> | undefined;
  return {
    get kysely() {
      kysely ??= kyselyOn({ query });
      return kysely;
    },
    query,
    async transaction<T>(run: (tx: Transaction) => Promise<T>, own: TransactionOptions = {}): Promise<T> {
      const startedAtMs = clock.monotonicMs();
      const ended = (outcome: string): void =>
        metrics.transactionEnded(own.name ?? 'transaction', outcome, clock.monotonicMs() - startedAtMs);
      try {
        const limitMs = own.statementTimeoutMs ?? statementTimeoutMs;
        const result = await runTransaction(pool, run, {
          ...own,
          hasOwnTimeout: own.statementTimeoutMs !== undefined,
          statementTimeoutMs: limitMs,
          answerTimeoutMs: answerTimeoutMs(limitMs),
        });
        ended('commit');
        return result;
      } catch (error) {
        ended(isPlatformError(error) ? error.reason : 'ERROR');
        throw error;
      }
    },
    async ping(signal) {
      await abortable(query('SELECT 1'), signal);
    },
    stats: () => pool.stats(),
    [Symbol.asyncDispose]: () => pool.close(),
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
