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
  const values = [
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
  ];
  return (await tx.query(appendSql, values, { prepareAs: 'stream-append' })).rowCount;
}

const columns = 'stream, version, id, type, subject, time, traceparent, actor, data';

/** Columns of a {@link StoredEvent}. */
export const storedColumns: string = `sequence, ${columns}`;

// Primary key; types are compared on the rows of one stream, which are few.
const readSql = `
select ${columns} from stream_events where stream = $1 and version > $2 and ($4::text[] is null or type = any($4))
order by version limit $3`;

/** Which events of a stream are read. */
export interface StreamRange {
  readonly stream: string;
  readonly after: bigint;
  readonly limit: number;
  /** Absent: all. */
  readonly types?: readonly string[];
}

/** Reads a stream on from a version. */
export async function readStreamEvents(
  sql: SqlExecutor,
  { stream, after, limit, types }: StreamRange,
): Promise<readonly StreamEvent[]> {
  const values = [stream, after, limit, types ?? null];
  return (await sql.query<StreamEvent>(readSql, values, { prepareAs: 'stream-read' })).rows;
}

/** An event with its place among all of the store. */
export interface StoredEvent extends StreamEvent {
  readonly sequence: bigint;
}
