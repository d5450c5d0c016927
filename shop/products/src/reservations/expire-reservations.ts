import type { Clock } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import { listExpired } from '../store/reservations-store.ts';
import { settle } from './settle.ts';

/** Holds that are ended in one round. */
export const expiryBatchSize = 100;

/**
 * Puts the stock of expired holds back on sale, one transaction an order, at most {@link expiryBatchSize} of them.
 *
 * @returns how many holds ended. Any number of instances may run it at once: the row lock lets one of them act, and
 * the others find the hold expired already.
 */
export async function expireReservations(options: {
  readonly database: Database;
  readonly clock: Clock;
}): Promise<number> {
  const { database, clock } = options;
  const orderIds = await listExpired(database.kysely, new Date(clock.nowMs()), expiryBatchSize);
  for (const orderId of orderIds) await database.transaction((tx) => settle(tx, 'expire', orderId));
  return orderIds.length;
}
