import { alarmsOf, type Clock, type Logger } from '@mainstay/kernel';
import pg from 'pg';
import { toSqlError } from '../sql-error.ts';
import { type Connection, createConnection } from './connection.ts';
import type { PoolMetrics } from './pool-metrics.ts';

/** What the pool needs; every field resolved. */
export interface ConnectionPoolOptions {
  readonly url: string;
  readonly name: string;
  readonly logger: Logger;
  readonly metrics: PoolMetrics;
  readonly clock: Clock;
  /** Its server takes no writes, ever: one that is tried is a mistake of the program. */
  readonly isReadOnly: boolean;
  readonly maxConnections: number;
  readonly acquireTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
  readonly heldTooLongMs: number;
  readonly closeTimeoutMs: number;
}

/** Connections of one database: acquire with time-out, a log line for those held too long, close with a limit. */
export interface ConnectionPool {
  /** @param isReadOnly - the holder has no business to write. */
  acquire(holder: string, isReadOnly?: boolean): Promise<Connection>;
  stats(): { total: number; idle: number; waiting: number };
  /** Cuts the connections that somebody holds, whose statements fail at once; later ones get new ones. */
  cutHeld(): void;
  close(): Promise<void>;
}

/** Makes a pool; it connects on first use and reconnects by itself. */
export function createConnectionPool(options: ConnectionPoolOptions): ConnectionPool {
  const { logger, metrics, clock } = options;
  const alarms = alarmsOf(clock);
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
  });
  // A dropped connection raises `error` on the client even when nobody waits for it; without a listener the process would end.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', (error) => logger.warn('idle database connection lost', { database: options.name, error }));

  const stats = () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount });
  let closing: Promise<void> | undefined;

  return {
    async acquire(holder, isReadOnly = options.isReadOnly) {
      const startedAtMs = clock.monotonicMs();
      const client = await pool.connect().catch((error: unknown) => {
        throw toSqlError(error, { executed: 'no' });
      });
      held.add(client);
      const acquiredAtMs = clock.monotonicMs();
      metrics.acquired(stats(), acquiredAtMs - startedAtMs);
      const warning = {
        dueAtMs: acquiredAtMs + options.heldTooLongMs,
        place: -1,
        onDue: () => warnOfHolder(holder, options),
      };
      alarms.set(warning);
      return createConnection(client, {
        clock,
        isReadOnly,
        giveBack(usable) {
          if (!held.delete(client)) return;
          alarms.clear(warning);
          client.release(!usable);
          metrics.released(stats());
        },
      });
    },
    stats,
    cutHeld() {
      for (const client of held) cut(client);
    },
    close() {
      closing ??= closePool(pool, held, options);
      return closing;
    },
  };
}

function warnOfHolder(holder: string, { logger, name, heldTooLongMs }: ConnectionPoolOptions): void {
  logger.warn('database connection held for long', { database: name, holder, heldMs: heldTooLongMs });
}

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
