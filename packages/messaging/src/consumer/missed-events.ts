import { PlatformError, type SqlExecutor } from '@mainstay/kernel';
import { messagingReasons } from '../errors.ts';
import type { Cursor, InboxKey } from './inbox-store.ts';

/** A consumer that stands still in a source, because the bus removed events before it had them. */
export interface MissedEvents extends InboxKey {
  /** The last event that it had. */
  readonly position: bigint;
  /** The first event that the bus still has behind that one, or will tell next. */
  readonly next: bigint;
  /** When this was found. */
  readonly since: Date;
  /** One sentence that says what is missing and what to do first. */
  readonly message: string;
  /** Lets it go on once that is done. */
  readonly command: string;
}

type Gap = Pick<MissedEvents, 'consumer' | 'source' | 'position' | 'next'>;

/**
 * Tells whether events were removed from the bus before a consumer had them.
 *
 * Positions have no gaps, so the next event must be the one behind the cursor. A cursor at 0 begins with what there is.
 */
export function hasMissed(position: bigint, next: bigint): boolean {
  return position > 0n && next > position + 1n;
}

// Primary key. A consumer that was superseded or rewound notes nothing; one that finds the same again changes nothing.
const noteSql = `
update inbox_cursors set missed_behind = position, missed_next = $5,
  missed_since = case when missed_behind = position then missed_since else clock_timestamp() end
where consumer = $1 and source = $2 and epoch = $3 and position = $4
  and (missed_behind, missed_next) is distinct from (position, $5)`;

/**
 * Notes that a consumer stands still where events were removed before it had them, for the list of stuck work.
 *
 * Somebody who has mended what the lost events meant sends the consumer on, and that is kept in the history.
 *
 * @returns `data_loss` / `EVENTS_MISSED` with the command that lets it go on; executed: no.
 */
export async function noteMissed(
  sql: SqlExecutor,
  key: InboxKey,
  { cursor, next }: { readonly cursor: Cursor; readonly next: bigint },
): Promise<PlatformError> {
  const { consumer, source } = key;
  const { position, epoch } = cursor;
  await sql.query(noteSql, [consumer, source, epoch, position, next]);
  const gap = { consumer, source, position, next };
  return new PlatformError(messagingReasons.EVENTS_MISSED, `${messageOf(gap)} with "${commandOf(gap)}"`, {
    metadata: { consumer, source, position: String(position), next: String(next) },
  });
}

// A row for each consumer and source, so all are read.
const listSql = `
select consumer, source, position, missed_next as next, missed_since as since from inbox_cursors
where missed_behind = position order by missed_since limit $1`;

/** Lists the consumers of a database that stand still because they missed events, the oldest first. */
export async function listMissedEvents(sql: SqlExecutor, limit: number): Promise<readonly MissedEvents[]> {
  const { rows } = await sql.query<Gap & Pick<MissedEvents, 'since'>>(listSql, [limit]);
  return rows.map((gap) => ({ ...gap, message: messageOf(gap), command: commandOf(gap) }));
}

function messageOf({ consumer, source, position, next }: Gap): string {
  return (
    `the bus has removed ${next - position - 1n} events of ${source} behind position ${position} that consumer ${consumer} never had: ` +
    `fill what it keeps from the records of ${source}, then let it go on`
  );
}

function commandOf({ consumer, source, next }: Gap): string {
  return `mainstay events replay ${consumer} --source ${source} --after ${next - 1n}`;
}
