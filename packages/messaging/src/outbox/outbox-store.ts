import type { SqlExecutor } from '@mainstay/kernel';
import type { CloudEvent } from '../event/cloud-event.ts';
import { listWriters } from '../event/event-writers.ts';
import type { OutboxLook } from './horizon.ts';

/** An event as it waits in the outbox; `sequence` is its place there. */
export interface WaitingEvent extends CloudEvent {
  readonly sequence: bigint;
}

const appendSql = `
insert into outbox (id, type, subject, time, traceparent, data)
select * from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::bytea[])`;

/** Writes events behind those of earlier transactions; their order is kept. Cost: one statement. */
export async function appendToOutbox(tx: SqlExecutor, events: readonly CloudEvent[]): Promise<void> {
  const values = [
    events.map(({ id }) => id),
    events.map(({ type }) => type),
    events.map(({ subject }) => subject),
    events.map(({ time }) => time),
    events.map(({ traceparent }) => traceparent),
    events.map(({ data }) => data),
  ];
  await tx.query(appendSql, values, { prepareAs: 'mainstay-outbox-append' });
}

const columns = 'sequence, id, type, subject, time, traceparent, data';

// Index outbox_waiting_idx; no locks. Only committed rows are seen. Rows of one subject are in the order of their
// commits, when their writers lock what they tell of, as every state change does.
const waitingSql = `
select ${columns} from outbox where relayed_at is null and sequence > $1 order by sequence limit $2`;

/** Which events of an outbox are read. */
export interface WaitingQuery {
  /** Only events behind this sequence; 0n is all. What was told stays in the index until the next vacuum, and is passed by with it. */
  readonly after: bigint;
  readonly limit: number;
}

/** The oldest events that wait, in their order. */
export async function readWaiting(sql: SqlExecutor, { after, limit }: WaitingQuery): Promise<readonly WaitingEvent[]> {
  return (await sql.query<WaitingEvent>(waitingSql, [after, limit])).rows;
}

// Marks by the primary key; locks rows that nobody else writes. Then as waitingSql: both parts have one snapshot, in which those that
// are being marked still wait.
const markSql = `
with marked as (update outbox set relayed_at = now() where sequence = any($1::bigint[]) and relayed_at is null)
select ${columns} from outbox
where relayed_at is null and sequence > $2 and sequence <> all($1::bigint[]) order by sequence limit $3`;

/** Notes that the bus has these events and reads those that wait next, in one trip. */
export async function markRelayed(
  sql: SqlExecutor,
  events: readonly WaitingEvent[],
  { after, limit }: WaitingQuery,
): Promise<readonly WaitingEvent[]> {
  return (await sql.query<WaitingEvent>(markSql, [events.map(({ sequence }) => sequence), after, limit])).rows;
}

// Primary key from its beginning, where the oldest rows are; skips what another purge holds.
const purgeSql = `
delete from outbox where sequence in (
  select sequence from (select sequence, relayed_at from outbox order by sequence limit $2 for update skip locked) as oldest
  where relayed_at < now() - $1 * interval '1 millisecond'
)`;

/**
 * Removes events that the bus has had for `keptMs`.
 *
 * @returns how many were removed; call again while it is `limit`.
 */
export async function purgeOutbox(
  sql: SqlExecutor,
  { keptMs, limit = 1_000 }: { readonly keptMs: number; readonly limit?: number },
): Promise<number> {
  return (await sql.query(purgeSql, [keptMs, limit])).rowCount;
}

/** An event that waits in the outbox for longer than it should. */
export interface OverdueEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly time: Date;
}

// Index outbox_waiting_idx from its beginning, where the oldest are.
const overdueSql = `
select id, type, subject, time from outbox
where relayed_at is null and time <= now() - $1 * interval '1 millisecond' and ($2::text is null or subject = $2)
order by sequence limit $3`;

/** Lists events that have waited to be told for at least `olderThanMs`, the oldest first. */
export async function listOverdueEvents(
  sql: SqlExecutor,
  query: { readonly olderThanMs: number; readonly subject?: string | undefined; readonly limit: number },
): Promise<readonly OverdueEvent[]> {
  return (await sql.query<OverdueEvent>(overdueSql, [query.olderThanMs, query.subject ?? null, query.limit])).rows;
}

const backlogSql = `
select count(*)::integer as waiting, min(sequence) as first,
  coalesce(extract(epoch from now() - min(time)), 0)::float8 as "oldestSeconds"
from outbox where relayed_at is null`;

/** What waits in an outbox. */
export interface Backlog {
  readonly waiting: number;
  readonly oldestSeconds: number;
  /** Sequence of the first event that waits; null when none does. */
  readonly first: bigint | null;
}

/** How many events wait, since when the oldest does, and which is the first. */
export async function outboxBacklog(sql: SqlExecutor): Promise<Backlog> {
  return (await sql.query<Backlog>(backlogSql)).rows[0]!;
}

const drawnSql = `select coalesce(pg_sequence_last_value(pg_get_serial_sequence('outbox', 'sequence')::regclass), 0) as drawn`;

/** What anybody has drawn, and then who is writing; two statements, since the second must not see less than the first. */
export async function readWriters(sql: SqlExecutor): Promise<Pick<OutboxLook, 'drawn' | 'writers'>> {
  const { drawn } = (await sql.query<{ drawn: bigint }>(drawnSql)).rows[0]!;
  return { drawn, writers: await listWriters(sql, 'outbox') };
}
