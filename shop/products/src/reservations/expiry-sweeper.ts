import { type Clock, type Logger, toPlatformError } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import { listExpired } from '../store/reservations-store.ts';
import { settle } from './settle.ts';

/** What the sweeper needs. */
export interface ExpirySweeperOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs: number;
  /** Ends the sweeper when the service drains. */
  readonly signal: AbortSignal;
}

const batchSize = 100;

/**
 * Puts the stock of expired holds back on sale, one transaction an order.
 *
 * @returns how many holds ended. Any number of instances may run it at once: the row lock lets one of them act, and
 * the others find the hold expired already.
 */
export async function expireReservations(options: Pick<ExpirySweeperOptions, 'database' | 'clock'>): Promise<number> {
  const { database, clock } = options;
  const orderIds = await listExpired(database.kysely, new Date(clock.nowMs()), batchSize);
  for (const orderId of orderIds) await database.transaction((tx) => settle(tx, 'expire', orderId));
  return orderIds.length;
}

/** Runs {@link expireReservations} again and again until it is disposed of or the service drains. */
export function startExpirySweeper(options: ExpirySweeperOptions): AsyncDisposable {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, options.signal]);
  const running = sweep(options, signal);
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

async function sweep(options: ExpirySweeperOptions, signal: AbortSignal): Promise<void> {
  const { clock, logger, intervalMs } = options;
  while (!signal.aborted) {
    let expired = 0;
    try {
      expired = await expireReservations(options);
      if (expired > 0) logger.info('expired holds were released', { expired });
    } catch (error) {
      const { reason } = toPlatformError(error);
      logger.warn('expired holds could not be released, trying again', { reason, error, intervalMs });
    }
    // The wait ends early when the service drains; then the loop ends too.
    if (expired < batchSize) await clock.sleep(intervalMs, signal).catch(() => undefined);
  }
}
