import { faultPoint, isPlatformError } from '@mainstay/kernel';
import { parseTraceparent, withContext } from '@mainstay/kernel/context';
import { type Database, postgresReasons, type Transaction } from '@mainstay/postgres';
import type { PublishedEvent } from '../event/cloud-event.ts';
import type { ConsumerMetrics } from './consumer-metrics.ts';
import type { ConsumerNumbers } from './consumer-options.ts';
import type { EventHandler } from './handler.ts';
import { type Cursor, type InboxKey, markSeen, moveCursor } from './inbox-store.ts';
import { nextParking } from './next-parking.ts';
import { dueEvent, type ParkedEvent, park, parkedSubjects, unpark } from './parked-store.ts';

/** What handling events needs. */
export interface HandlingRuntime {
  readonly key: InboxKey;
  readonly database: Database;
  readonly handlers: ReadonlyMap<string, EventHandler>;
  readonly numbers: ConsumerNumbers;
  readonly metrics: ConsumerMetrics;
}

/** Events read from the bus behind the cursor. */
export interface Batch {
  readonly from: Cursor;
  readonly events: readonly PublishedEvent[];
}

/**
 * Handles a batch in one transaction with its cursor.
 *
 * First all together; when one fails, all are rolled back and handled again with a savepoint around each, and the failed
 * one is set aside with those of its subject behind it.
 *
 * @returns true when events were set aside.
 */
export async function handleBatch(runtime: HandlingRuntime, batch: Batch): Promise<boolean> {
  let hasParked = false;
  let isPoisoned = false;
  try {
    await inBatch(runtime, batch, async (tx, events) => {
      const waiting = await subjectsThatWait(tx, runtime, events);
      for (const event of events) {
        hasParked ||= waiting.has(event.subject);
        if (waiting.has(event.subject)) await parkBehind(tx, runtime, event);
        else
          await runHandler(runtime, event, tx).catch((error: unknown) => {
            isPoisoned = !concernsAll(error);
            throw error;
          });
      }
    });
  } catch (error) {
    if (!isPoisoned) throw error;
    await inBatch(runtime, batch, (tx, events) => handleApart(tx, runtime, events));
    return true;
  }
  return hasParked;
}

/**
 * Tries again the event that is due longest.
 *
 * @returns false when none is due.
 */
export async function handleDue(runtime: HandlingRuntime, cursor: Cursor): Promise<boolean> {
  const { key, database, numbers, metrics } = runtime;
  return await database.transaction({ name: `consume ${key.consumer}` }, async (tx) => {
    await moveCursor(tx, key, { from: cursor, to: cursor.position });
    const event: ParkedEvent | undefined = await dueEvent(tx, key);
    if (event === undefined) return false;
    const failure = await attempt(runtime, event);
    if (failure === undefined) {
      await unpark(tx, key, event);
    } else {
      const parking = nextParking(failure.error, event.attempts + 1, numbers);
      await park(tx, key, { event, parking });
      metrics.failed(event, parking);
    }
    return true;
  });
}

async function inBatch(
  { key, database, handlers, metrics }: HandlingRuntime,
  { from, events }: Batch,
  handle: (tx: Transaction, events: readonly PublishedEvent[]) => Promise<void>,
): Promise<void> {
  const last = events.at(-1)!;
  const wanted = events.filter(({ type }) => handlers.has(type));
  await database.transaction({ name: `consume ${key.consumer}` }, async (tx) => {
    await moveCursor(tx, key, { from, to: last.position });
    const unseen = await markSeen(tx, key, wanted);
    // Taken out one by one, so that an event that stands twice in the batch is handled once.
    const fresh = wanted.filter(({ id }) => unseen.delete(id));
    await handle(tx, fresh);
    await faultPoint('consumer.before-commit');
  });
  metrics.handled(wanted.length, last);
}

async function handleApart(
  tx: Transaction,
  runtime: HandlingRuntime,
  events: readonly PublishedEvent[],
): Promise<void> {
  const waiting = await subjectsThatWait(tx, runtime, events);
  for (const event of events) {
    if (waiting.has(event.subject)) {
      await parkBehind(tx, runtime, event);
      continue;
    }
    const failure = await attempt(runtime, event);
    if (failure === undefined) continue;
    const parking = nextParking(failure.error, 1, runtime.numbers);
    await park(tx, runtime.key, { event, parking });
    runtime.metrics.failed(event, parking);
    if (parking.next !== 'dead') waiting.add(event.subject);
  }
}

/** Runs the handler so that a failure leaves nothing behind. A failure that concerns more than this event is passed on. */
async function attempt(
  runtime: HandlingRuntime,
  event: PublishedEvent,
): Promise<{ readonly error: unknown } | undefined> {
  try {
    const options = { propagation: 'nested', name: 'event' } as const;
    await runtime.database.transaction(options, (tx) => runHandler(runtime, event, tx));
  } catch (error) {
    if (concernsAll(error)) throw error;
    return { error };
  }
  return undefined;
}

async function runHandler({ handlers }: HandlingRuntime, event: PublishedEvent, tx: Transaction): Promise<void> {
  const trace = parseTraceparent(event.traceparent ?? undefined);
  await withContext({ ...(trace !== undefined && { trace }), idempotencyKey: `event:${event.id}` }, () =>
    handlers.get(event.type)!.handle(event, tx),
  );
}

function subjectsThatWait(
  tx: Transaction,
  { key }: HandlingRuntime,
  events: readonly PublishedEvent[],
): Promise<Set<string>> {
  const subjects = [...new Set(events.map(({ subject }) => subject))];
  return subjects.length === 0 ? Promise.resolve(new Set()) : parkedSubjects(tx, key, subjects);
}

async function parkBehind(tx: Transaction, { key }: HandlingRuntime, event: PublishedEvent): Promise<void> {
  await park(tx, key, { event, parking: { attempts: 0, next: 0, reason: null, message: null } });
}

const troubles: ReadonlySet<string> = new Set(['unavailable', 'aborted', 'resource_exhausted']);

/** The database's own trouble is no fault of an event: the batch is handled again as it is. */
function concernsAll(error: unknown): boolean {
  return isPlatformError(error) && error.reason in postgresReasons && troubles.has(error.code);
}
