import { faultPoint, type Logger, optionError, silentLogger } from '@mainstay/kernel';
import type { Database, Transaction } from '@mainstay/postgres';
import { scanEvents } from '../event-store/stream-store.ts';
import { type Projection, projectAll } from './projection.ts';

/** How {@link rebuildProjection} works. */
export interface RebuildOptions {
  readonly database: Database;
  readonly projection: Projection;
  /** Events applied in one transaction, 1 to 10,000, default 1,000. */
  readonly batchSize?: number;
  /** Ends the work between two batches; the tables in use stay as they are. */
  readonly signal?: AbortSignal;
  /** Default silent. */
  readonly logger?: Logger;
}

/** What a rebuild did. */
export interface Rebuilt {
  readonly events: number;
}

/**
 * Makes the tables of a projection anew from all events while the old ones go on being read and written.
 *
 * New tables are filled beside the old ones, up to a point below which no event can appear any more. Then appends wait
 * for a moment: what was appended meanwhile is applied, and the new tables take the place of the old ones in the same
 * transaction. An end at any earlier point leaves the old tables in use, and the next rebuild begins anew.
 *
 * Cost: reads every event once and writes what the projection writes; needs the room of the tables twice. Appends wait for
 * the last batch, and the first for the transactions that append at the moment.
 *
 * @throws {@link PlatformError} `failed_precondition` or `aborted` when another rebuild of the same projection runs.
 * @example
 * const { events } = await rebuildProjection({ database, projection: orderStatus });
 */
export async function rebuildProjection(options: RebuildOptions): Promise<Rebuilt> {
  const { database, projection, signal, logger = silentLogger, batchSize = 1_000 } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > 10_000) {
    throw optionError('rebuild.batchSize', 'an integer from 1 to 10000', batchSize);
  }
  const schema = `rebuild_${projection.name.replaceAll('-', '_')}`;
  const project = projectAll([projection]);
  let after = 0n;
  let count = 0;

  const apply = async (tx: Transaction, upTo: bigint): Promise<boolean> => {
    const events = await scanEvents(tx, { after, upTo, limit: batchSize });
    await tx.query(`set local search_path = ${schema}, public`);
    await project(tx, events);
    await tx.query('set local search_path to default');
    after = events.at(-1)?.sequence ?? after;
    count += events.length;
    return events.length === batchSize;
  };

  await database.transaction({ name: 'rebuild: new tables' }, (tx) => createTables(tx, schema, projection));
  const upTo = await database.transaction({ name: 'rebuild: settled events' }, settledSequence);
  for (let isMore = true; isMore; ) {
    signal?.throwIfAborted();
    isMore = await database.transaction({ name: 'rebuild: batch' }, (tx) => apply(tx, upTo));
    logger.info('projection is being rebuilt', { projection: projection.name, events: count, upTo: String(upTo) });
    await faultPoint('rebuild.after-batch');
  }
  await database.transaction({ name: 'rebuild: swap' }, async (tx) => {
    const last = await settledSequence(tx);
    while (await apply(tx, last));
    await faultPoint('rebuild.before-swap');
    await swapTables(tx, schema, projection);
  });
  return { events: count };
}

async function createTables(tx: Transaction, schema: string, { tables }: Projection): Promise<void> {
  await tx.query(`drop schema if exists ${schema} cascade`);
  await tx.query(`create schema ${schema}`);
  for (const table of tables) {
    await tx.query(`create table ${schema}."${table}" (like public."${table}" including all)`);
  }
}

/**
 * The newest sequence, read when nobody appends: no event at or below it can appear later.
 *
 * The lock conflicts with that of every insert and with itself, and is held to the end of the transaction.
 */
async function settledSequence(tx: Transaction): Promise<bigint> {
  await tx.query('lock table stream_events in share row exclusive mode');
  const { rows } = await tx.query<{ newest: bigint }>('select coalesce(max(sequence), 0) as newest from stream_events');
  return rows[0]!.newest;
}

/** Inside of the lock no event is appended, and so no projection is written. Readers of the old tables are waited for. */
async function swapTables(tx: Transaction, schema: string, { tables }: Projection): Promise<void> {
  for (const table of tables) {
    await tx.query(`drop table public."${table}"`);
    await tx.query(`alter table ${schema}."${table}" set schema public`);
  }
  await tx.query(`drop schema ${schema} cascade`);
}
