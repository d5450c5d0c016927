import { PlatformError, type SqlExecutor } from '@mainstay/kernel';
import { messagingReasons } from '../errors.ts';
import type { PublishedEvent } from '../event/cloud-event.ts';

/** One consumer in one source. */
export interface InboxKey {
  readonly consumer: string;
  readonly source: string;
}

/** Where a consumer stands in a source, and who may move it. */
export interface Cursor {
  readonly position: bigint;
  readonly epoch: number;
  /** The log of the bus in which the position stands; null until somebody has looked. */
  readonly log: string | null;
}

// Primary key. The row is made at the first start. The latest epoch wins; `moveCursor` refuses earlier ones.
const openSql = `
insert into inbox_cursors as known (consumer, source, position, epoch) values ($1, $2, $3, $4)
on conflict (consumer, source) do update set epoch = greatest(known.epoch, excluded.epoch)
returning position, epoch, log`;

/**
 * Takes a cursor over for the holder of an epoch; a new one stands at the given position.
 *
 * @throws {@link PlatformError} `aborted` / `RELAY_SUPERSEDED` when a later epoch has taken over; executed: no.
 */
export async function openCursor(sql: SqlExecutor, key: InboxKey, start: Omit<Cursor, 'log'>): Promise<Cursor> {
  const values = [key.consumer, key.source, start.position, start.epoch];
  const { rows } = await sql.query<Omit<Cursor, 'epoch'> & { epoch: bigint }>(openSql, values);
  const { position, epoch, log } = rows[0]!;
  if (Number(epoch) !== start.epoch) throw superseded(key, start.epoch);
  return { position, epoch: start.epoch, log };
}

/** Position of a cursor; undefined before the first start. */
export async function readCursor(sql: SqlExecutor, { consumer, source }: InboxKey): Promise<bigint | undefined> {
  const text = 'select position from inbox_cursors where consumer = $1 and source = $2';
  return (await sql.query<{ position: bigint }>(text, [consumer, source])).rows[0]?.position;
}

// Primary key; the row's lock is held to the end of the transaction, so a holder that was superseded waits and is then
// refused, or was first and has committed.
const moveSql = `
update inbox_cursors set position = $5 where consumer = $1 and source = $2 and epoch = $3 and position = $4`;

/**
 * Moves the cursor in the transaction of the effects; the same position only checks that it is still ours.
 *
 * @throws {@link PlatformError} `aborted` / `RELAY_SUPERSEDED` when a later epoch has taken over, or somebody has rewound
 * the consumer; executed: no.
 */
export async function moveCursor(
  tx: SqlExecutor,
  key: InboxKey,
  { from, to }: { from: Cursor; to: bigint },
): Promise<void> {
  const values = [key.consumer, key.source, from.epoch, from.position, to];
  if ((await tx.query(moveSql, values)).rowCount !== 1) throw superseded(key, from.epoch);
}

function superseded({ consumer, source }: InboxKey, epoch: number): PlatformError {
  const message = `consumer ${consumer} of ${source} was taken over or rewound since epoch ${epoch}`;
  return new PlatformError(messagingReasons.RELAY_SUPERSEDED, message);
}

/** What of a batch is to be handled. */
export interface Taken {
  /** Events that were never received before, in their order, each once. */
  readonly fresh: readonly PublishedEvent[];
  /** Those of their subjects whose events must wait behind one that is set aside. */
  readonly waiting: ReadonlySet<string>;
}

// The cursor as in moveSql, and no event is noted unless it moved. Index inbox_parked_subject_idx. Whoever else sets events aside would
// have to hold the cursor's row, so what the statement sees of them when it begins is still so when it has the row.
const takeSql = `
with moved as (
  update inbox_cursors set position = $5 where consumer = $1 and source = $2 and epoch = $3 and position = $4
  returning 1
), fresh as (
  insert into inbox_events (consumer, source, id, position)
  select $1, $2, event.* from unnest($6::uuid[], $7::bigint[]) as event (id, position) where exists (select from moved)
  on conflict (consumer, id) do nothing
  returning id
)
select exists (select from moved) as moved, array(select id::text from fresh) as fresh,
  array(select distinct subject from inbox_parked
        where consumer = $1 and source = $2 and state = 'waiting' and subject = any($8::text[])) as waiting`;

interface TakenRow {
  readonly moved: boolean;
  readonly fresh: readonly string[];
  readonly waiting: readonly string[];
}

/**
 * Moves the cursor over a batch and notes its events as received, in the transaction of the effects; one statement.
 *
 * @throws {@link PlatformError} `aborted` / `RELAY_SUPERSEDED` as {@link moveCursor} does.
 */
export async function takeEvents(
  tx: SqlExecutor,
  key: InboxKey,
  { from, to, events }: { readonly from: Cursor; readonly to: bigint; readonly events: readonly PublishedEvent[] },
): Promise<Taken> {
  const values = [
    key.consumer,
    key.source,
    from.epoch,
    from.position,
    to,
    events.map(({ id }) => id),
    events.map(({ position }) => position),
    [...new Set(events.map(({ subject }) => subject))],
  ];
  const row = (await tx.query<TakenRow>(takeSql, values, { prepareAs: 'mainstay-inbox-take' })).rows[0]!;
  if (!row.moved) throw superseded(key, from.epoch);
  const unseen = new Set(row.fresh);
  // Taken out one by one, so that an event that stands twice in the batch is handled once.
  return { fresh: events.filter(({ id }) => unseen.delete(id)), waiting: new Set(row.waiting) };
}

// Index inbox_events_position_idx, from the beginning of each consumer's source, where its oldest rows are; skips what
// another purge holds.
const purgeSql = `
delete from inbox_events where (consumer, id) in (
  select oldest.consumer, oldest.id from inbox_cursors as cursor
  cross join lateral (
    select consumer, id, seen_at from inbox_events as event
    where event.consumer = cursor.consumer and event.source = cursor.source
    order by position limit $2 for update skip locked
  ) as oldest
  where oldest.seen_at < now() - $1 * interval '1 millisecond'
)`;

/** Forgets events that were received longer ago than `keptMs`, up to `limit` of each source; call again while it forgets `limit` or more. */
export async function purgeInbox(
  sql: SqlExecutor,
  { keptMs, limit = 1_000 }: { readonly keptMs: number; readonly limit?: number },
): Promise<number> {
  return (await sql.query(purgeSql, [keptMs, limit])).rowCount;
}
