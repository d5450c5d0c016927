import { type Clock, isPlatformError, type Logger, toPlatformError } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import { deleteExpiredSessions } from '../store/sessions-store.ts';

/** What the sweeper needs. */
export interface SessionSweeperOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the sweeper when the service drains. */
  readonly signal: AbortSignal;
}

const intervalMs = 3_600_000;

/** Removes sessions that expired, once an hour; any number of instances may do so at once. */
export function startSessionSweeper(options: SessionSweeperOptions): AsyncDisposable {
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

async function sweep({ database, clock, logger }: SessionSweeperOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const removed = await deleteExpiredSessions(database.kysely, new Date(clock.nowMs()));
      if (removed > 0) logger.info('expired sessions removed', { removed });
    } catch (error) {
      const { reason } = isPlatformError(error) ? error : toPlatformError(error);
      logger.warn('expired sessions could not be removed, trying again in an hour', { reason, error });
    }
    // The wait ends early when the service drains; then the loop ends too.
    await clock.sleep(intervalMs, signal).catch(() => undefined);
  }
}
