import { optionError, silentLogger, silentMeter, systemClock } from '@mainstay/kernel';
import type { UntypedTables } from '../transaction/transaction.ts';
import { type ConnectionPool, createConnectionPool } from './connection-pool.ts';
import { createDatabase } from './create-database.ts';
import type { Database } from './database.ts';
import type { DatabaseOptions } from './database-options.ts';
import { createPoolMetrics } from './pool-metrics.ts';

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
 * await database.transaction({ name: 'take-stock' }, async (tx) => {
 *   await tx.query('UPDATE products SET stock = stock - $1 WHERE id = $2', [2, id]);
 * });
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
