import { PlatformError, type SqlExecutor } from '@mainstay/kernel';
import { messagingReasons } from '../../errors.ts';
import type { PublishedEvent } from '../../event/cloud-event.ts';
import type { BusQuery, Publication } from '../bus.ts';

// Unique index (source, id) to leave out what is there. The row of the source is locked from its update to the end of the
// statement, so two relays append one after the other; the one that waited counted duplicates before its wait, and then
// fails on the unique index instead of storing an event twice. A stale epoch updates no row, and so nothing is stored.
const publishSql = `
with given as materialized (
  select * from unnest($3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::bytea[])
    with ordinality as event (id, type, subject, time, traceparent, data, place)
), fresh as materialized (
  select given.*, row_number() over (order by place) as nth from given
  where not exists (select 1 from bus_events where bus_events.source = $1 and bus_events.id = given.id)
), log as (
  insert into bus_sources as known (source, epoch, last_position)
  values ($1, $2, (select count(*) from fresh))
  on conflict (source) do update
    set epoch = excluded.epoch, last_position = known.last_position + excluded.last_position
    where known.epoch <= excluded.epoch
  returning last_position
), stored as (
  insert into bus_events (source, position, id, type, subject, time, traceparent, data)
  select $1, log.last_position - (select count(*) from fresh) + nth, id, type, subject, time, traceparent, data
  from fresh, log
  returning 1
)
select (select count(*) from log)::integer as accepted, (select count(*) from stored)::integer as stored`;

/** Appends what is new; one statement. */
export async function publish(sql: SqlExecutor, { source, epoch, events }: Publication): Promise<number> {
  const { rows } = await sql.query<{ accepted: number; stored: number }>(publishSql, [
    source,
    epoch,
    events.map(({ id }) => id),
    events.map(({ type }) => type),
    events.map(({ subject }) => subject),
    events.map(({ time }) => time),
    events.map(({ traceparent }) => traceparent),
    events.map(({ data }) => data),
  ]);
  const { accepted, stored } = rows[0]!;
  if (accepted === 1) return stored;
  const message = `a relay of ${source} with a later epoch than ${epoch} has published`;
  throw new PlatformError(messagingReasons.RELAY_SUPERSEDED, message);
}

// Primary key. Positions of a source are committed in their order, so nothing can appear before one that was read.
const readSql = `
select source, position, id, type, subject, time, traceparent, data
from bus_events where source = $1 and position > $2 order by position limit $3`;

/** Reads on from a position; one statement. */
export async function read(sql: SqlExecutor, { source, after, limit }: BusQuery): Promise<readonly PublishedEvent[]> {
  return (await sql.query<PublishedEvent>(readSql, [source, after, limit])).rows;
}

/** Name of the log of a source; undefined when it told nothing. */
export async function logOf(sql: SqlExecutor, source: string): Promise<string | undefined> {
  const text = 'select log from bus_sources where source = $1';
  return (await sql.query<{ log: string }>(text, [source])).rows[0]?.log;
}

/** Position of the newest event of a source; 0n when it told nothing. */
export async function newest(sql: SqlExecutor, source: string): Promise<bigint> {
  const text = 'select last_position from bus_sources where source = $1';
  return (await sql.query<{ last_position: bigint }>(text, [source])).rows[0]?.last_position ?? 0n;
}

// Primary key; reads the source's events from the oldest on, up to the one that is looked for.
const beforeSql = `
select position from bus_events where source = $1 and time >= $2 order by position limit 1`;

/** Position in front of the first event that happened at `time` or later, the newest one's when there is none. */
export async function positionBefore(sql: SqlExecutor, source: string, time: Date): Promise<bigint> {
  const first = (await sql.query<{ position: bigint }>(beforeSql, [source, time])).rows[0];
  return first === undefined ? await newest(sql, source) : first.position - 1n;
}

// Primary key, from the beginning of each source, where its oldest rows are; skips what another purge holds.
const purgeSql = `
delete from bus_events where (source, position) in (
  select oldest.source, oldest.position from bus_sources
  cross join lateral (
    select source, position, published_at from bus_events where bus_events.source = bus_sources.source
    order by position limit $2 for update skip locked
  ) as oldest
  where oldest.published_at < now() - $1 * interval '1 millisecond'
)`;

/** Removes events that are older than `keptMs`, up to `limit` of each source; call again while it removes `limit` or more. */
export async function purgeBus(
  sql: SqlExecutor,
  { keptMs, limit = 1_000 }: { readonly keptMs: number; readonly limit?: number },
): Promise<number> {
  return (await sql.query(purgeSql, [keptMs, limit])).rowCount;
}
