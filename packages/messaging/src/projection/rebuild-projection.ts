import { faultPoint, optionError } from '@mainstay/kernel';
import type { Database, Transaction } from '@mainstay/postgres';
import type { EventStore } from '../event-store/event-store.ts';
import { type Projection, projectAll } from './projection.ts';
import { fromBeginning, type Reading } from './reading.ts';
import { addReadings, lockReading, readOn, saveReading } from './reading-store.ts';
import { shadowTables } from './shadow-tables.ts';

/** How a projection is made anew. */
export interface RebuildOptions {
  /** Who wants it, and why; kept for ever. */
  readonly actor: string;
  readonly why: string;
  /** Events applied in one transaction, 1 to 10,000, default 1,000. */
  readonly batchSize?: number;
  /** Ends the work between two batches; the tables in use stay as they are. */
  readonly signal?: AbortSignal;
  /** Called after each batch with the events applied so far. */
  readonly onProgress?: (events: number) => void;
}

/** What a rebuild did. */
export interface Rebuilt {
  readonly events: number;
}

/** What is made anew. */
export interface Rebuild {
  readonly database: Database;
  readonly store: Pick<EventStore, 'upcast'>;
  readonly projection: Projection;
  /** Whether it is written with each append; else it follows, from where its row in `projections` says. */
  readonly isInline: boolean;
}

/** How far the new tables are. */
interface Built {
  readonly reading: Reading;
  readonly events: number;
  readonly isMore: boolean;
}

/**
 * How long the exchange waits for a lock before it lets everybody pass and tries again: less than the second after which
 * PostgreSQL looks for deadlocks, so that it is never a writer that has to give way.
 */
const swapLockMs = 200;
const swapAttempts = { maxAttempts: 60, baseDelayMs: 20, maxDelayMs: 500 };

/**
 * Makes the tables of a projection anew from all events while the old ones go on being read and written.
 *
 * New tables are filled beside the old ones. Then, for a moment, nobody writes the projection: what came meanwhile is
 * applied, and the new tables take the place of the old ones in the same transaction. An end before that leaves the old
 * ones in use, and the next rebuild begins anew.
 *
 * Cost: reads every event once and writes what the projection writes; needs the room of the tables twice. Appends wait for
 * the exchange of an inline projection only, and 200 ms at most each time it is tried.
 *
 * @throws {@link PlatformError} `DATABASE_CONFLICT` when readers or writers left no moment for the exchange in 60 tries,
 * `DATABASE_STATEMENT_INVALID` when a later rebuild of the same projection took this one's tables away.
 */
export async function rebuildProjection(
  { database, store, projection, isInline }: Rebuild,
  options: RebuildOptions,
): Promise<Rebuilt> {
  const { actor, why, signal, onProgress, batchSize = 1_000 } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > 10_000) {
    throw optionError('rebuild.batchSize', 'an integer from 1 to 10000', batchSize);
  }
  if (why.trim() === '') throw optionError('rebuild.why', 'not empty', why);
  const { name } = projection;
  const shadow = shadowTables(projection);
  const project = projectAll([projection]);

  const applyBatch = async (tx: Transaction, from: Built): Promise<Built> => {
    const { events, next } = await readOn(tx, from.reading, batchSize);
    await shadow.write(tx, () => project(tx, events.map(store.upcast)));
    return { reading: next, events: from.events + events.length, isMore: events.length >= batchSize };
  };
  const exchange = async (tx: Transaction, from: Built): Promise<Built> => {
    await tx.query(`set local lock_timeout = ${swapLockMs}`);
    if (isInline) await tx.query('lock table stream_events in share row exclusive mode');
    else await lockReading(tx, name);
    let built = { ...from, isMore: true };
    while (built.isMore) built = await applyBatch(tx, built);
    await faultPoint('rebuild.before-swap');
    await shadow.swap(tx);
    if (!isInline) await saveReading(tx, name, built.reading);
    await tx.query('insert into projection_rebuilds (name, actor, why, events) values ($1, $2, $3, $4)', [
      name,
      actor,
      why,
      built.events,
    ]);
    return built;
  };

  if (!isInline) await addReadings(database, [name]);
  await database.transaction({ name: 'rebuild: new tables' }, (tx) => shadow.create(tx));
  let built: Built = { reading: fromBeginning, events: 0, isMore: true };
  while (built.isMore) {
    signal?.throwIfAborted();
    const from = built;
    built = await database.transaction({ name: 'rebuild: batch' }, (tx) => applyBatch(tx, from));
    onProgress?.(built.events);
    await faultPoint('rebuild.after-batch');
  }
  const filled = built;
  const swap = { name: 'rebuild: exchange', repeatable: swapAttempts };
  const { events } = await database.transaction(swap, (tx) => exchange(tx, filled));
  return { events };
}
