import { type Logger, type SqlExecutor, silentLogger, toPlatformError } from '@mainstay/kernel';

/** Tells listeners that something changed. */
export interface Bell {
  /** Sends a notification soon; rings while one is being sent become one more. Never fails: a listener looks by itself, too. */
  ring(payload: string): void;
}

/**
 * Makes a bell on a channel, to be rung after a commit.
 *
 * A notification inside of the transaction that changes something makes commits wait for each other; this one is a
 * statement of its own, and a burst of rings costs one or two.
 *
 * @example
 * const bell = createBell(database, 'outbox');
 * await database.transaction((tx) => outbox.append(tx, events));
 * bell.ring('');
 * @see https://www.postgresql.org/docs/18/sql-notify.html
 */
export function createBell(sql: SqlExecutor, channel: string, logger: Logger = silentLogger): Bell {
  const waiting = new Set<string>();
  let isSending = false;

  const send = async (): Promise<void> => {
    isSending = true;
    // What rings in the same turn goes out together.
    await Promise.resolve();
    while (waiting.size > 0) {
      const payloads = [...waiting];
      waiting.clear();
      try {
        await sql.query('select pg_notify($1, payload) from unnest($2::text[]) as payload', [channel, payloads]);
      } catch (error) {
        logger.debug('a notification was not sent', { channel, reason: toPlatformError(error).reason });
      }
    }
    isSending = false;
  };

  return {
    ring(payload) {
      waiting.add(payload);
      if (!isSending) void send();
    },
  };
}
