import type { Clock, Logger, SqlResult } from '@mainstay/kernel';
import pg from 'pg';
import { isConnectionLost, toSqlError } from '../sql-error.ts';
import type { PoolMetrics } from './pool-metrics.ts';
import { valueTypes } from './value-types.ts';

/** What the pool needs; every field resolved. */
export interface ConnectionPoolOptions {
  readonly url: string;
  readonly name: string;
  readonly logger: Logger;
  readonly metrics: PoolMetrics;
  readonly clock: Clock;
  readonly maxConnections: number;
  readonly acquireTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
  readonly heldTooLongMs: number;
  readonly closeTimeoutMs: number;
}

/** One statement for {@link Connection.run}. */
export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[] | undefined;
  /** Keeps the plan on the connection under this name. */
  readonly prepareAs?: string | undefined;
  /** Limit in milliseconds on our side, for a server that no longer answers; 0 is none. */
  readonly answerTimeoutMs: number;
}

/** A connection in the hands of one holder. */
export interface Connection {
  /** Runs after the statements before it have ended: the server takes one at a time. */
  run<Row extends object>(statement: Statement): Promise<SqlResult<Row>>;
  /** True when a statement left the connection unusable. */
  isBroken(): boolean;
  /** Gives the connection back, or closes it when a statement broke it or `close` is asked for. Only the first call counts. */
  release(how?: 'close'): void;
}

/** Connections of one database: acquire with time-out, a log line for those held too long, close with a limit. */
export interface ConnectionPool {
  acquire(holder: string): Promise<Connection>;
  stats(): { total: number; idle: number; waiting: number };
  close(): Promise<void>;
}

/** Makes a pool; it connects on first use and reconnects by itself. */
export function createConnectionPool(options: ConnectionPoolOptions): ConnectionPool {
  const { logger, metrics, clock } = options;
  const held = new Set<pg.PoolClient>();
  const pool = new pg.Pool({
    connectionString: options.url,
    application_name: options.name,
    max: options.maxConnections,
    connectionTimeoutMillis: options.acquireTimeoutMs,
    statement_timeout: options.statementTimeoutMs,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    types: valueTypes,
  });
  // A dropped connection raises `error` on the client even when nobody waits for it; without a listener the process would end.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', (error) => logger.warn('idle database connection lost', { database: options.name, error }));

  const stats = () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount });
  let closing: Promise<void> | undefined;

  return {
    async acquire(holder) {
      const startedAtMs = clock.monotonicMs();
      const client = await pool.connect().catch((error: unknown) => {
        throw toSqlError(error, { executed: 'no' });
      });
      held.add(client);
      metrics.acquired(stats(), clock.monotonicMs() - startedAtMs);
      const cancelWarning = clock.after(options.heldTooLongMs, () => {
        logger.warn('database connection held for long', {
          database: options.name,
          holder,
          heldMs: options.heldTooLongMs,
        });
      });
      return createConnection(client, (usable) => {
        if (!held.delete(client)) return;
        cancelWarning();
        client.release(!usable);
        metrics.released(stats());
      });
    },
    stats,
    close() {
      closing ??= closePool(pool, held, options);
      return closing;
    },
  };
}

function createConnection(client: pg.PoolClient, giveBack: (usable: boolean) => void): Connection {
  let isBroken = false;
  let runningCount = 0;
  let earlier: Promise<unknown> | undefined;
  const ended = (): void => {
    runningCount -= 1;
  };
  const failed = (error: unknown): void => {
    runningCount -= 1;
    isBroken ||= isConnectionLost(error);
  };
  return {
    run<Row extends object>(statement: Statement) {
      const result =
        runningCount === 0 || earlier === undefined
          ? runOn<Row>(client, statement)
          : earlier.then(() => runOn<Row>(client, statement));
      runningCount += 1;
      earlier = result.then(ended, failed);
      return result;
    },
    isBroken: () => isBroken,
    release: (how) => giveBack(!isBroken && how !== 'close'),
  };
}

async function runOn<Row extends object>(client: pg.PoolClient, statement: Statement): Promise<SqlResult<Row>> {
  try {
    const result = await send<Row>(client, statement);
    // Several statements in one text answer with a list; the last one is the result.
    const last = Array.isArray(result) ? (result as pg.QueryResult<Row>[]).at(-1) : result;
    return { rows: last?.rows ?? [], rowCount: last?.rowCount ?? 0, command: last?.command } as SqlResult<Row>;
  } catch (error) {
    throw toSqlError(error);
  }
}

/** What the driver's own class takes beside its arguments; a plain object with the same fields would be copied by it. */
type QueryFields = pg.Query & { name?: string; query_timeout?: number };

function send<Row extends object>(
  client: pg.PoolClient,
  { text, values, prepareAs, answerTimeoutMs }: Statement,
): Promise<pg.QueryResult<Row> | pg.QueryResult<Row>[]> {
  const { promise, resolve, reject } = Promise.withResolvers<pg.QueryResult<Row>>();
  const answer = (error: Error | null, result: pg.QueryResult<Row>): void => (error ? reject(error) : resolve(result));
  const query = new driverQuery(text, values === undefined ? undefined : [...values], answer) as QueryFields;
  if (prepareAs !== undefined) query.name = prepareAs;
  if (answerTimeoutMs !== 0) query.query_timeout = answerTimeoutMs;
  client.query(query);
  return promise;
}

// The types do not tell of the third parameter, the callback.
const driverQuery = pg.Query as unknown as new (
  text: string,
  values: unknown[] | undefined,
  // oxlint-disable-next-line typescript/no-explicit-any -- the row's type is the caller's
  callback: (error: Error | null, result: any) => void,
) => pg.Query;

async function closePool(
  pool: pg.Pool,
  held: ReadonlySet<pg.PoolClient>,
  options: ConnectionPoolOptions,
): Promise<void> {
  const cancel = options.clock.after(options.closeTimeoutMs, () => {
    options.logger.warn('database connections cut at close', { database: options.name, count: held.size });
    for (const client of held) cut(client);
  });
  try {
    await pool.end();
  } finally {
    cancel();
  }
}

/** The driver's own end() would wait for the running statement. */
function cut(client: pg.PoolClient): void {
  const { connection } = client as unknown as { readonly connection: { readonly stream: { destroy(): void } } };
  connection.stream.destroy();
}
