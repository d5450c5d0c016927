import { createPool } from '../connection/create-pool.ts';
import type { DatabaseOptions } from '../database-options.ts';
import { createReplicas } from '../replicas/create-replicas.ts';
import type { UntypedTables } from '../transaction/transaction.ts';
import { createDatabase } from './create-database.ts';
import type { Database } from './database.ts';

/**
 * Opens a pool to one database and waits until the server has answered once.
 *
 * Afterwards the pool reconnects by itself: a server that goes away makes statements fail with `DATABASE_UNAVAILABLE` until it is back.
 * `bigint` columns come as `bigint`, `date` as text, `numeric` as text, `timestamptz` as `Date`, `bytea` as `Buffer`.
 *
 * With `replicas`, reads that say so may run on one; it waits for their first answer, at most for `checkTimeoutMs`.
 *
 * Cost: one connection at first, more on demand; idle ones are closed after 30 s. With replicas one more to the primary and to each, for checks.
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
  const replicas = createReplicas(options);
  const database = createDatabase({ pool: createPool(options), replicas }, options);
  try {
    await database.ping();
    await replicas?.start();
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
  return database as Database<Tables>;
}
