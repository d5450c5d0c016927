import { type Clock, isPlatformError, PlatformError } from '@mainstay/kernel';
import { type Database, type DatabaseOptions, openDatabase, postgresReasons } from '@mainstay/postgres';
import { serviceReasons } from '../errors.ts';

/** How a start waits for a database. */
export interface WaitForDatabaseOptions {
  readonly database: DatabaseOptions;
  readonly clock: Clock;
  /** Longest wait, in milliseconds. */
  readonly limitMs: number;
  /** Told at the first failure and then every 5 s. */
  readonly onWaiting: (line: string) => void;
  /** Ends the wait, because the process is told to stop. */
  readonly signal: AbortSignal;
}

/** Short enough to be quick in a fleet that starts all at once, long enough to be no load. */
const pauseMs = 250;
const progressEveryMs = 5_000;

/**
 * Opens the pool as soon as the server answers.
 *
 * Only a server that is not there, starts or is full is waited for; a refused login or a wrong address fails at once.
 *
 * @throws {@link PlatformError} `failed_precondition` / `HOST_DATABASE_WAIT_ENDED` after the limit, or what
 * `openDatabase` throws.
 */
export async function waitForDatabase(options: WaitForDatabaseOptions): Promise<Database> {
  const { clock, database, limitMs, signal } = options;
  const startedMs = clock.monotonicMs();
  let toldMs = Number.NEGATIVE_INFINITY;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await openDatabase(database);
    } catch (error) {
      if (!isWorthWaiting(error)) throw error;
      const waitedMs = clock.monotonicMs() - startedMs;
      if (waitedMs >= limitMs) {
        const message = `the database of ${database.name} did not answer within ${limitMs} ms: ${error.rawMessage}`;
        throw new PlatformError(serviceReasons.HOST_DATABASE_WAIT_ENDED, message, { cause: error });
      }
      if (clock.monotonicMs() - toldMs >= progressEveryMs) {
        toldMs = clock.monotonicMs();
        options.onWaiting(`waiting for the database of ${database.name}: ${error.rawMessage}`);
      }
      await clock.sleep(Math.min(pauseMs, limitMs - waitedMs), signal);
    }
  }
}

function isWorthWaiting(error: unknown): error is PlatformError {
  return isPlatformError(error) && waitable.has(error.reason);
}

const waitable: ReadonlySet<string> = new Set([
  postgresReasons.DATABASE_UNAVAILABLE.name,
  postgresReasons.DATABASE_OVERLOADED.name,
  postgresReasons.POOL_EXHAUSTED.name,
]);
