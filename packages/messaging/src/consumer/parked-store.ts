import type { SqlExecutor } from '@mainstay/kernel';
import type { PublishedEvent } from '../event/cloud-event.ts';
import type { InboxKey } from './inbox-store.ts';

/** An event that is set aside, with the attempts made so far. */
export interface ParkedEvent extends PublishedEvent {
  readonly attempts: number;
}

/** Why and until when an event is set aside. */
export interface Parking {
  readonly attempts: number;
  /** Pause before the next attempt; `dead` when there is none. */
  readonly next: number | 'dead';
  readonly reason: string | null;
  readonly message: string | null;
}

const parkSql = `
insert into inbox_parked
  (consumer, source, position, id, type, subject, time, traceparent, data, attempts, reason, message, state, died_at, retry_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, case when $13 = 'dead' then now() end,
        now() + $14 * interval '1 millisecond')
on conflict (consumer, source, position) do update set
  attempts = excluded.attempts, reason = excluded.reason, message = excluded.message, state = excluded.state,
  died_at = excluded.died_at, retry_at = excluded.retry_at`;

/** Sets an event aside, or notes another failed attempt. */
export async function park(
  tx: SqlExecutor,
  { consumer, source }: InboxKey,
  { event, parking }: { readonly event: PublishedEvent; readonly parking: Parking },
): Promise<void> {
  const isDead = parking.next === 'dead';
  await tx.query(parkSql, [
    consumer,
    source,
    event.position,
    event.id,
    event.type,
    event.subject,
    event.time,
    event.traceparent,
    event.data,
    parking.attempts,
    parking.reason,
    parking.message,
    isDead ? 'dead' : 'waiting',
    isDead ? 0 : parking.next,
  ]);
}

const oldestOfSubject = `not exists (
  select 1 from inbox_parked as older
  where older.consumer = parked.consumer and older.source = parked.source and older.subject = parked.subject
    and older.state = 'waiting' and older.position < parked.position)`;

// Index inbox_parked_subject_idx, for the oldest of each subject. Only the holder of the consumer's lease works here, and
// an operator's replay, whose row lock is waited for by nobody.
const dueSql = `
select source, position, id, type, subject, time, traceparent, data, attempts from inbox_parked as parked
where consumer = $1 and source = $2 and state = 'waiting' and retry_at <= now() and ${oldestOfSubject}
order by retry_at limit 1
for update skip locked`;

/** The event that waited longest for its next attempt, locked; undefined when none is due. */
export async function dueEvent(tx: SqlExecutor, { consumer, source }: InboxKey): Promise<ParkedEvent | undefined> {
  return (await tx.query<ParkedEvent>(dueSql, [consumer, source])).rows[0];
}

const doneSql = `delete from inbox_parked where consumer = $1 and source = $2 and position = $3`;

/** Takes an event off the list. */
export async function unpark(tx: SqlExecutor, { consumer, source }: InboxKey, event: PublishedEvent): Promise<void> {
  await tx.query(doneSql, [consumer, source, event.position]);
}

// Null when none waits; greatest() would make 0 of that.
const nextSql = `
select extract(epoch from min(retry_at) - now())::float8 * 1000 as ms, count(*)::integer as subjects
from inbox_parked as parked where consumer = $1 and source = $2 and state = 'waiting' and ${oldestOfSubject}`;

/** Milliseconds until the next event may be due, undefined when none waits; and how many subjects wait. */
export async function nextDue(
  sql: SqlExecutor,
  { consumer, source }: InboxKey,
): Promise<{ ms: number | undefined; subjects: number }> {
  const { rows } = await sql.query<{ ms: number | null; subjects: number }>(nextSql, [consumer, source]);
  const { ms, subjects } = rows[0]!;
  return { ms: ms === null ? undefined : Math.max(0, ms), subjects };
}
