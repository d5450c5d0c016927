import { optionError, PlatformError, type SqlExecutor } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import type { InboxKey } from '../consumer/inbox-store.ts';
import { messagingReasons } from '../errors.ts';
import type { PublishedEvent } from '../event/cloud-event.ts';

/** An event that could not be handled and waits for a person. */
export interface DeadLetter extends PublishedEvent {
  readonly consumer: string;
  /** How often it was tried. */
  readonly attempts: number;
  /** Reason of the last failure, for example `INTERNAL`. */
  readonly reason: string;
  /** What that failure said. */
  readonly message: string;
  readonly diedAt: Date;
  /** Its place in the list: `before` of the query that goes on behind it. */
  readonly cursor: string;
}

/** Which dead letters are wanted. */
export interface DeadLetterQuery {
  readonly consumer?: string;
  readonly type?: string;
  readonly subject?: string;
  /** Only those that died at least so long ago, in milliseconds. */
  readonly minAgeMs?: number;
  /** Only those behind this place, for the next page: `cursor` of the last one seen. */
  readonly before?: string;
  /** 1 to 1,000, default 50. */
  readonly limit?: number;
}

/** Which dead letter is meant, who acts on it, and why. */
export interface DeadLetterAction extends InboxKey {
  readonly position: bigint;
  /** Who acts; kept in the history. */
  readonly actor: string;
  /** Kept in the history; not empty. */
  readonly why: string;
}

// The place of a letter is told in microseconds, which a Date of the driver does not hold.
const columns = `
consumer, source, position, id, type, subject, time, traceparent, data, attempts, reason, message, died_at as "diedAt",
(extract(epoch from died_at) * 1000000)::bigint || '/' || position || '/' || consumer || '/' || source as cursor`;

// Index inbox_parked_dead_idx when a consumer is named; the table is small in any case.
const listSql = `
select ${columns} from inbox_parked
where state = 'dead' and ($1::text is null or consumer = $1) and ($2::text is null or type = $2)
  and ($3::text is null or subject = $3) and died_at <= now() - $4 * interval '1 millisecond'
  and ($5::bigint is null
    or ((extract(epoch from died_at) * 1000000)::bigint, position, consumer, source) < ($5, $6::bigint, $7::text, $8::text))
order by died_at desc, position desc, consumer desc, source desc limit $9`;

/**
 * Lists dead letters, the newest first.
 *
 * @throws {@link PlatformError} `invalid_argument` / `OPTION_INVALID` for a limit out of range, or a `before` that is no cursor.
 */
export async function listDeadLetters(sql: SqlExecutor, query: DeadLetterQuery = {}): Promise<readonly DeadLetter[]> {
  const { limit = 50, minAgeMs = 0, before } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) {
    throw optionError('deadLetters.limit', 'an integer from 1 to 1000', limit);
  }
  const place = before === undefined ? [null, null, null, null] : parseCursor(before);
  const values = [query.consumer ?? null, query.type ?? null, query.subject ?? null, minAgeMs, ...place, limit];
  return (await sql.query<DeadLetter>(listSql, values)).rows;
}

function parseCursor(cursor: string): readonly string[] {
  const parts = /^(\d{1,18})\/(-?\d{1,18})\/([^/]+)\/([^/]+)$/.exec(cursor);
  if (parts === null) throw optionError('deadLetters.before', 'the cursor of a dead letter', cursor);
  return parts.slice(1);
}

// Primary key.
const findSql = `select ${columns} from inbox_parked where consumer = $1 and source = $2 and position = $3 and state = 'dead'`;

/** Finds one dead letter; undefined when it is none, or none any more. */
export async function findDeadLetter(
  sql: SqlExecutor,
  { consumer, source, position }: InboxKey & { readonly position: bigint },
): Promise<DeadLetter | undefined> {
  return (await sql.query<DeadLetter>(findSql, [consumer, source, position])).rows[0];
}

const replaySql = `
update inbox_parked set state = 'waiting', attempts = 0, retry_at = now(), died_at = null
where consumer = $1 and source = $2 and position = $3 and state = 'dead'
returning id, type`;

/**
 * Has a dead letter tried again, before later events of its subject that wait.
 *
 * @throws {@link PlatformError} `not_found` / `DEAD_LETTER_UNKNOWN` when it is none any more; executed: no.
 */
export async function replayDeadLetter(database: Database, action: DeadLetterAction): Promise<void> {
  await act(database, { ...action, kind: 'replay', text: replaySql });
}

const discardSql = `
delete from inbox_parked where consumer = $1 and source = $2 and position = $3 and state = 'dead'
returning id, type`;

/**
 * Gives a dead letter up; its effect will never be had.
 *
 * @throws {@link PlatformError} `not_found` / `DEAD_LETTER_UNKNOWN` when it is none any more; executed: no.
 */
export async function discardDeadLetter(database: Database, action: DeadLetterAction): Promise<void> {
  await act(database, { ...action, kind: 'discard', text: discardSql });
}

const noteSql = `
insert into inbox_actions (actor, action, why, consumer, source, position, id, type)
values ($1, $2, $3, $4, $5, $6, $7, $8)`;

async function act(
  database: Database,
  action: DeadLetterAction & { readonly kind: 'replay' | 'discard'; readonly text: string },
): Promise<void> {
  const { consumer, source, position, actor, why, kind } = action;
  if (why.trim() === '') throw optionError('deadLetters.why', 'not empty', why);
  await database.transaction({ name: `${kind} dead letter` }, async (tx) => {
    const { rows } = await tx.query<{ id: string; type: string }>(action.text, [consumer, source, position]);
    const event = rows[0];
    if (event === undefined) {
      const message = `${consumer} has no dead letter at position ${position} of ${source}`;
      throw new PlatformError(messagingReasons.DEAD_LETTER_UNKNOWN, message);
    }
    await tx.query(noteSql, [actor, kind, why, consumer, source, position, event.id, event.type]);
  });
}
