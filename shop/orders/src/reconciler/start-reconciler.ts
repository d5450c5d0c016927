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

/**
 * Holds orders, payments, stock and the processor's books against each other, now and then, until it is disposed of.
 *
 * A round that fails is logged and done again after the pause.
 */
export function startReconciler(options: ReconcilerOptions): AsyncDisposable {
  const { leases, intervalMs, clock, logger, database } = options;
  const stop = new AbortController();
  const ended = leases.run(
    'reconciler',
    async (lease) => {
      const how = { sql: lease.fence(database), signal: lease.signal };
      while (!lease.signal.aborted) {
        const isMore = await reconcileOnce(options, how).catch((error: unknown) => {
          if (!lease.signal.aborted) logger.warn('reconciling failed, trying again', { error: toPlatformError(error) });
          return false;
        });
        // Ends early when the lease is lost or the service drains; then the loop ends too.
        await clock.sleep(isMore ? Math.min(pagePauseMs, intervalMs) : intervalMs, lease.signal).catch(() => undefined);
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
