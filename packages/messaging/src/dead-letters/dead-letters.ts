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
}

/** Which dead letters are wanted. */
export interface DeadLetterQuery {
  readonly consumer?: string;
  readonly type?: string;
  readonly subject?: string;
  /** Only those that died before, for the next page: `diedAt` of the last one seen. */
  readonly before?: Date;
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

// Index inbox_parked_dead_idx when a consumer is named; the table is small in any case.
const listSql = `
select consumer, source, position, id, type, subject, time, traceparent, data, attempts, reason, message,
       died_at as "diedAt"
from inbox_parked
where state = 'dead' and ($1::text is null or consumer = $1) and ($2::text is null or type = $2)
  and ($3::text is null or subject = $3) and ($4::timestamptz is null or died_at < $4)
order by died_at desc, position desc limit $5`;

/** Lists dead letters, the newest first. */
export async function listDeadLetters(sql: SqlExecutor, query: DeadLetterQuery = {}): Promise<readonly DeadLetter[]> {
  const { limit = 50 } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) {
    throw optionError('deadLetters.limit', 'an integer from 1 to 1000', limit);
  }
  const values = [query.consumer ?? null, query.type ?? null, query.subject ?? null, query.before ?? null, limit];
  return (await sql.query<DeadLetter>(listSql, values)).rows;
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
