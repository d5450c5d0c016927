import { type Clock, type HeldLease, type LeaseKeeper, type Logger, toPlatformError } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import { deleteExpiredRecords } from './delete-expired-records.ts';
import type { KeyedMetrics } from './metrics.ts';

/** What the clean-up works with. */
export interface CleanupOptions {
  readonly database: Database;
  /** Lets one process at a time do it. */
  readonly leases: LeaseKeeper;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Pick<KeyedMetrics, 'expired'>;
  /** Pause after all that had expired is gone, in milliseconds, default 60,000. */
  readonly intervalMs?: number;
  /** Most records of one statement, default 1,000. */
  readonly batchSize?: number;
}

/** Removes expired records in batches, under a lease whose epoch each batch is fenced by, until it is disposed of. */
export function startCleanup(options: CleanupOptions): AsyncDisposable {
  const stop = new AbortController();
  const ended = options.leases.run('idempotency-cleanup', (lease) => cleanUp(lease, options), stop.signal);
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}

async function cleanUp(lease: HeldLease, options: CleanupOptions): Promise<void> {
  const { database, clock, logger, metrics, intervalMs = 60_000, batchSize = 1_000 } = options;
  while (!lease.signal.aborted) {
    let removed = 0;
    try {
      removed = await deleteExpiredRecords(lease.fence(database), batchSize);
      metrics.expired(removed);
    } catch (error) {
      if (lease.signal.aborted) return;
      logger.warn('expired idempotency records stay for now', { error: toPlatformError(error) });
    }
    if (removed < batchSize) await clock.sleep(intervalMs, lease.signal).catch(() => undefined);
  }
}
