import { isPlatformError, PlatformError } from '@mainstay/kernel';
import { type Database, type DatabaseOptions, openDatabase, postgresReasons } from '@mainstay/postgres';
import { serviceReasons } from '../errors.ts';
import { type WaitOptions, waitFor } from './wait-for.ts';

/**
 * Opens the pool as soon as the server answers.
 *
 * Only a server that is not there, starts or is full is waited for; a refused login or a wrong address fails at once.
 *
 * @throws {@link PlatformError} `failed_precondition` / `HOST_DATABASE_WAIT_ENDED` after the limit, or what
 * `openDatabase` throws.
 */
export async function waitForDatabase(database: DatabaseOptions, options: WaitOptions): Promise<Database> {
  const what = `the database of ${database.name}`;
  try {
    return await waitFor({ what, open: () => openDatabase(database), isWorthWaiting }, options);
  } catch (error) {
    if (!isPlatformError(error) || !isWorthWaiting(error)) throw error;
    const message = `${what} did not answer within ${options.limitMs} ms: ${error.rawMessage}`;
    throw new PlatformError(serviceReasons.HOST_DATABASE_WAIT_ENDED, message, { cause: error });
  }
}

function isWorthWaiting({ reason }: PlatformError): boolean {
  return waitable.has(reason);
}

const waitable: ReadonlySet<string> = new Set([
  postgresReasons.DATABASE_UNAVAILABLE.name,
  postgresReasons.DATABASE_OVERLOADED.name,
  postgresReasons.POOL_EXHAUSTED.name,
]);
