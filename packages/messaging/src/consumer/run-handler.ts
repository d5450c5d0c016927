import { isPlatformError } from '@mainstay/kernel';
import { parseTraceparent, withContext } from '@mainstay/kernel/context';
import { type Database, postgresReasons, type Transaction } from '@mainstay/postgres';
import type { PublishedEvent } from '../event/cloud-event.ts';
import type { EventHandler } from './handler.ts';

/** Who handles which type, and where the effects are written. */
export interface Handlers {
  readonly database: Database;
  readonly handlers: ReadonlyMap<string, EventHandler>;
}

/** Runs the handler of events of one type; of a single event with its trace and a key of its own. */
export async function runHandler(
  { handlers }: Handlers,
  events: readonly PublishedEvent[],
  tx: Transaction,
): Promise<void> {
  const [event] = events;
  const handler = handlers.get(event!.type)!;
  if (events.length > 1) return await handler.handle(events, tx);
  const trace = parseTraceparent(event!.traceparent ?? undefined);
  await withContext({ ...(trace !== undefined && { trace }), idempotencyKey: `event:${event!.id}` }, () =>
    handler.handle(events, tx),
  );
}

/**
 * Runs a handler inside the open transaction so that a failure leaves nothing behind.
 *
 * @returns the failure, if there was one. One that concerns more than these events is thrown.
 */
export async function attempt(
  handlers: Handlers,
  events: readonly PublishedEvent[],
): Promise<{ readonly error: unknown } | undefined> {
  try {
    const options = { propagation: 'nested', name: 'event' } as const;
    await handlers.database.transaction(options, (tx) => runHandler(handlers, events, tx));
  } catch (error) {
    if (concernsAll(error)) throw error;
    return { error };
  }
  return undefined;
}

const troubles: ReadonlySet<string> = new Set(['unavailable', 'aborted', 'resource_exhausted']);

/** The database's own trouble is no fault of an event: the batch is handled again as it is. */
export function concernsAll(error: unknown): boolean {
  return isPlatformError(error) && error.reason in postgresReasons && troubles.has(error.code);
}
