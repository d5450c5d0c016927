import { faultPoint } from '@mainstay/kernel';
import type { Transaction } from '@mainstay/postgres';
import type { PublishedEvent } from '../event/cloud-event.ts';
import type { ConsumerMetrics } from './consumer-metrics.ts';
import type { ConsumerNumbers } from './consumer-options.ts';
import { groupEvents } from './group-events.ts';
import { type Cursor, type InboxKey, moveCursor, type Taken, takeEvents } from './inbox-store.ts';
import { nextParking } from './next-parking.ts';
import { dueEvent, type ParkedEvent, park, unpark } from './parked-store.ts';
import { attempt, concernsAll, type Handlers, runHandler } from './run-handler.ts';

/** What handling events needs. */
export interface HandlingRuntime extends Handlers {
  readonly key: InboxKey;
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
 * First all together, in groups where a handler takes many. When one fails, all are rolled back and handled again with a savepoint
 * around each; a group that fails is halved until those at fault are alone, and these are set aside with those of their subjects behind them.
 *
 * @returns true when events were set aside.
 */
export async function handleBatch(runtime: HandlingRuntime, batch: Batch): Promise<boolean> {
  let hasParked = false;
  let isPoisoned = false;
  try {
    await inBatch(runtime, batch, async (tx, { fresh, waiting }) => {
      const ready = await parkWaiting(tx, runtime, { events: fresh, waiting });
      hasParked = ready.length < fresh.length;
      for (const group of inGroups(runtime, ready)) {
        await runHandler(runtime, group, tx).catch((error: unknown) => {
          isPoisoned = !concernsAll(error);
          throw error;
        });
      }
    });
  } catch (error) {
    if (!isPoisoned) throw error;
    await inBatch(runtime, batch, (tx, taken) => handleApart(tx, runtime, taken));
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
    const failure = await attempt(runtime, [event]);
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
  handle: (tx: Transaction, taken: Taken) => Promise<void>,
): Promise<void> {
  const last = events.at(-1)!;
  const wanted = events.filter(({ type }) => handlers.has(type));
  await database.transaction({ name: `consume ${key.consumer}` }, async (tx) => {
    await handle(tx, await takeEvents(tx, key, { from, to: last.position, events: wanted }));
    await faultPoint('consumer.before-commit');
  });
  metrics.handled(wanted.length, last);
}

async function handleApart(tx: Transaction, runtime: HandlingRuntime, taken: Taken): Promise<void> {
  const { key, numbers, metrics } = runtime;
  const waiting = new Set(taken.waiting);

  const handle = async (events: readonly PublishedEvent[]): Promise<void> => {
    const ready = await parkWaiting(tx, runtime, { events, waiting });
    if (ready.length === 0) return;
    const failure = await attempt(runtime, ready);
    if (failure === undefined) return;
    if (ready.length > 1) {
      const half = Math.ceil(ready.length / 2);
      await handle(ready.slice(0, half));
      await handle(ready.slice(half));
      return;
    }
    const [event] = ready;
    const parking = nextParking(failure.error, 1, numbers);
    await park(tx, key, { event: event!, parking });
    metrics.failed(event!, parking);
    if (parking.next !== 'dead') waiting.add(event!.subject);
  };

  for (const group of inGroups(runtime, taken.fresh)) await handle(group);
}

function inGroups(
  { handlers }: HandlingRuntime,
  events: readonly PublishedEvent[],
): readonly (readonly PublishedEvent[])[] {
  return groupEvents(events, (type) => handlers.get(type)!.takes === 'many');
}

/** Sets aside those whose subject waits; gives back the others. */
async function parkWaiting(
  tx: Transaction,
  { key }: HandlingRuntime,
  { events, waiting }: { readonly events: readonly PublishedEvent[]; readonly waiting: ReadonlySet<string> },
): Promise<readonly PublishedEvent[]> {
  const parking = { attempts: 0, next: 0, reason: null, message: null };
  for (const event of events) if (waiting.has(event.subject)) await park(tx, key, { event, parking });
  return events.filter(({ subject }) => !waiting.has(subject));
}
