import { optionError, silentLogger, silentMeter, systemClock } from '@mainstay/kernel';
import type { DatabaseOptions } from '../database-options.ts';
import { type ConnectionPool, createConnectionPool } from './connection-pool.ts';
import { createPoolMetrics } from './pool-metrics.ts';

/**
 * Makes a pool with the options of a database.
 *
 * @throws {@link PlatformError} `OPTION_INVALID` for an option out of range.
 */
export function createPool(options: DatabaseOptions, { isReadOnly = false } = {}): ConnectionPool {
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
    isReadOnly,
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
