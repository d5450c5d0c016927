import type { LeaseKeeper } from '@mainstay/kernel';
import { toPlatformError } from '@mainstay/kernel';
import { reconcileOnce } from './reconcile-once.ts';
import type { Reconciling } from './reconciling.ts';

/** How the reconciler is run. */
export interface ReconcilerOptions extends Reconciling {
  /** Makes one instance reconcile at a time. */
  readonly leases: LeaseKeeper;
  /** Pause between two walks over everything, in milliseconds. */
  readonly intervalMs: number;
}

/** Pause between two pages of one walk, in milliseconds: customers' calls go first. */
const pagePauseMs = 200;

/** Pause after a round that failed, in milliseconds; doubles with each further one up to the usual pause. */
const retryPauseMs = 1_000;

/**
 * Holds orders, payments, stock and the processor's books against each other, now and then, until it is disposed of.
 *
 * A round that fails is logged and done again, soon at first: a service that it needs may not be there yet.
 */
export function startReconciler(options: ReconcilerOptions): AsyncDisposable {
  const { leases, intervalMs, clock, logger, database } = options;
  const stop = new AbortController();
  const ended = leases.run(
    'reconciler',
    async (lease) => {
      const how = { sql: lease.fence(database), signal: lease.signal };
      let failures = 0;
      const round = async (): Promise<number> => {
        try {
          const isMore = await reconcileOnce(options, how);
          failures = 0;
          return isMore ? pagePauseMs : intervalMs;
        } catch (error) {
          if (!lease.signal.aborted) logger.warn('reconciling failed, trying again', { error: toPlatformError(error) });
          return retryPauseMs * 2 ** failures++;
        }
      };
      while (!lease.signal.aborted) {
        const pauseMs = Math.min(await round(), intervalMs);
        // Ends early when the lease is lost or the service drains; then the loop ends too.
        await clock.sleep(pauseMs, lease.signal).catch(() => undefined);
      }
    },
    stop.signal,
  );
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
    },
  };
}
