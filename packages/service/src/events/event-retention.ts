import type { Clock, Logger } from '@mainstay/kernel';
import { purgeBus, purgeInbox, purgeOutbox } from '@mainstay/messaging';
import type { Database } from '@mainstay/postgres';
import { startLoop } from '../loop/start-loop.ts';

/** What the removal of old events works with. */
export interface RetentionOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the removal when the process drains. */
  readonly signal: AbortSignal;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Short statements, so that nobody waits long for what they lock. */
const limit = 1_000;

/** Removes what the bus has had for `days` from an outbox, every hour, until it is disposed of. */
export function keepOutboxFor(days: number, options: RetentionOptions): AsyncDisposable {
  return removeHourly('removal of told events', purgeOutbox, { ...options, keptMs: days * dayMs });
}

/**
 * Forgets in an inbox what no outbox kept for `days` tells again, every hour, until it is disposed of.
 *
 * An outbox may tell an event once more at the end of its days, to a bus that has begun anew, and then keeps it for as
 * long again; so the inbox knows it for twice as long, and a day for clocks and pauses.
 */
export function keepInboxBehindOutbox(days: number, options: RetentionOptions): AsyncDisposable {
  return removeHourly('removal of received events', purgeInbox, { ...options, keptMs: (2 * days + 1) * dayMs });
}

/** Removes events that a bus has had for `days`, every hour, until it is disposed of. */
export function keepBusFor(days: number, options: RetentionOptions): AsyncDisposable {
  return removeHourly('removal of old events of the bus', purgeBus, { ...options, keptMs: days * dayMs });
}

/** Any number of instances may do it: each skips the rows that another one removes. */
function removeHourly(
  name: string,
  purge: typeof purgeOutbox,
  { database, keptMs, ...loop }: RetentionOptions & { readonly keptMs: number },
): AsyncDisposable {
  return startLoop({
    ...loop,
    name,
    intervalMs: hourMs,
    run: async () => ((await purge(database, { keptMs, limit })) >= limit ? 'again' : undefined),
  });
}
