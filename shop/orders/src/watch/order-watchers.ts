import type { Clock, Logger } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import { orderVersions } from '../store/orders-store.ts';

/** Tells when orders change, whichever instance changed them. */
export interface OrderWatchers extends Disposable {
  /** Resolves when an order has passed a version; rejects with the signal's reason when nobody waits any more. */
  changed(orderId: string, after: bigint, signal: AbortSignal): Promise<void>;
}

interface Waiter {
  readonly orderId: string;
  readonly after: bigint;
  readonly resolve: () => void;
}

/**
 * Looks for changes of the watched orders at an interval, all of them in one statement, and only while some are watched.
 *
 * The table of orders is asked and not the process, so that a stream sees what any instance did, and a client may go on at
 * another one. When the database is away watchers go on waiting.
 *
 * Cost: one statement for each interval, whatever the number of watchers.
 */
export function createOrderWatchers(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pollIntervalMs: number;
}): OrderWatchers {
  const { database, clock, logger, pollIntervalMs } = options;
  const waiters = new Set<Waiter>();
  let cancelLook: (() => void) | undefined;

  const look = async (): Promise<void> => {
    try {
      const last = await orderVersions(database.kysely, [...new Set([...waiters].map(({ orderId }) => orderId))]);
      for (const waiter of waiters) {
        if ((last.get(waiter.orderId) ?? 0n) > waiter.after) waiter.resolve();
      }
    } catch (error) {
      logger.debug('changes of watched orders cannot be read', { error });
    }
    cancelLook = undefined;
    schedule();
  };
  const schedule = (): void => {
    if (waiters.size > 0) cancelLook ??= clock.after(pollIntervalMs, () => void look());
  };

  return {
    changed(orderId, after, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) {
          reject(signal.reason);
          return;
        }
        const waiter = {
          orderId,
          after,
          resolve: () => {
            leave();
            resolve();
          },
        };
        const onAbort = (): void => {
          leave();
          reject(signal.reason);
        };
        const leave = (): void => {
          waiters.delete(waiter);
          signal.removeEventListener('abort', onAbort);
        };
        signal.addEventListener('abort', onAbort, { once: true });
        waiters.add(waiter);
        schedule();
      });
    },
    [Symbol.dispose]() {
      cancelLook?.();
      waiters.clear();
    },
  };
}
