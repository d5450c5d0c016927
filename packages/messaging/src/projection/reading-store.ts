import type { SqlExecutor } from '@mainstay/kernel';
import { listWriters } from '../event/event-writers.ts';
import { type StoredEvent, storedColumns } from '../event-store/stream-store.ts';
import { advance, type Gap, type Reading } from './reading.ts';

// Index stream_events_sequence_idx, both parts in one snapshot: an event is never seen without earlier ones of its stream.
const readSql = `
select ${storedColumns} from stream_events where sequence = any($1::bigint[])
union all
(select ${storedColumns} from stream_events where sequence > $2 order by sequence limit $3)`;

/** Events that were read, and where the next read goes on. */
export interface ReadOn {
  readonly events: readonly StoredEvent[];
  readonly next: Reading;
}

/**
 * Reads events of all streams on from a point; events of one stream come in the order of their versions.
 *
 * Cost: one statement, and one more while something is missing. `read committed`, since each statement needs a snapshot of its own.
 */
export async function readOn(tx: SqlExecutor, reading: Reading, limit: number): Promise<ReadOn> {
  const gaps = reading.gaps.map(({ sequence }) => sequence);
  const writers = gaps.length === 0 ? [] : await listWriters(tx, 'stream_events');
  const { rows } = await tx.query<StoredEvent>(readSql, [gaps, reading.position, limit]);
  const events = rows.toSorted((a, b) => (a.sequence < b.sequence ? -1 : 1));
  return { events, next: advance(reading, { sequences: events.map(({ sequence }) => sequence), writers }) };
}

interface ReadingRow {
  readonly position: bigint;
  readonly gaps: readonly { readonly sequence: string; readonly writers?: readonly string[] }[];
}

/** Makes the rows of projections that have none. */
export async function addReadings(sql: SqlExecutor, names: readonly string[]): Promise<void> {
  await sql.query('insert into projections (name) select unnest($1::text[]) on conflict (name) do nothing', [names]);
}

/** Where a projection stands; locks it to the end of the transaction, so that one at a time moves it. */
export async function lockReading(tx: SqlExecutor, name: string): Promise<Reading> {
  const text = 'select position, gaps from projections where name = $1 for update';
  const { position, gaps } = (await tx.query<ReadingRow>(text, [name])).rows[0]!;
  return {
    position,
    gaps: gaps.map(
      ({ sequence, writers }): Gap => ({ sequence: BigInt(sequence), ...(writers !== undefined && { writers }) }),
    ),
  };
}

/** Notes where a projection stands; the caller holds its lock. */
export async function saveReading(tx: SqlExecutor, name: string, { position, gaps }: Reading): Promise<void> {
  const text = 'update projections set position = $2, gaps = $3::jsonb, moved_at = clock_timestamp() where name = $1';
  const kept = gaps.map(({ sequence, ...rest }) => ({ sequence: String(sequence), ...rest }));
  await tx.query(text, [name, position, JSON.stringify(kept)]);
}
