import type { SqlExecutor } from '@mainstay/kernel';
import type { StreamEvent } from './stream-event.ts';

/** Events for the end of one stream, with the versions they want. */
export interface NewStreamEvents {
  readonly stream: string;
  readonly expectedVersion: bigint;
  readonly events: readonly StreamEvent[];
}

// Primary key, for the newest version and against a writer that commits meanwhile: of two that saw the same version the
// second fails on the key. Nothing is inserted when the stream is shorter or longer than expected.
const appendSql = `
insert into stream_events (stream, version, id, type, subject, time, traceparent, actor, data)
select $1, event.* from unnest($3::bigint[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[], $8::text[], $9::text[],
  $10::bytea[]) as event
where coalesce((select max(version) from stream_events where stream = $1), 0) = $2`;

/** Appends when the stream has the expected version; gives back how many were written. */
export async function appendToStream(
  tx: SqlExecutor,
  { stream, expectedVersion, events }: NewStreamEvents,
): Promise<number> {
  const { rowCount } = await tx.query(appendSql, [
    stream,
    expectedVersion,
    events.map(({ version }) => version),
    events.map(({ id }) => id),
    events.map(({ type }) => type),
    events.map(({ subject }) => subject),
    events.map(({ time }) => time),
    events.map(({ traceparent }) => traceparent),
    events.map(({ actor }) => actor),
    events.map(({ data }) => data),
  ]);
  return rowCount;
}

const columns = 'stream, version, id, type, subject, time, traceparent, actor, data';

// Primary key.
const readSql = `select ${columns} from stream_events where stream = $1 and version > $2 order by version limit $3`;

/** Reads a stream on from a version. */
export async function readStreamEvents(
  sql: SqlExecutor,
  { stream, after, limit }: { readonly stream: string; readonly after: bigint; readonly limit: number },
): Promise<readonly StreamEvent[]> {
  return (await sql.query<StreamEvent>(readSql, [stream, after, limit])).rows;
}

/** An event with its place among all of the store. */
export interface StoredEvent extends StreamEvent {
  readonly sequence: bigint;
}

// Index stream_events_sequence_idx.
const scanSql = `
select sequence, ${columns} from stream_events where sequence > $1 and sequence <= $2 order by sequence limit $3`;

/** Reads all streams in the order in which their events were written, within bounds below which nothing can appear any more. */
export async function scanEvents(
  sql: SqlExecutor,
  { after, upTo, limit }: { readonly after: bigint; readonly upTo: bigint; readonly limit: number },
): Promise<readonly StoredEvent[]> {
  return (await sql.query<StoredEvent>(scanSql, [after, upTo, limit])).rows;
}
