import type { Database } from '@mainstay/postgres';
import { type Cursor, type InboxKey, moveCursor } from './inbox-store.ts';

const noteSql = 'update inbox_cursors set log = $3 where consumer = $1 and source = $2';

// Primary key. Positions of the old log become negative, in their order, below all that became so before: they cannot
// meet those of the new one, and still come first among the events of their subject.
const setApartSql = `
with lowest as (select least(0, min(position)) as position from inbox_parked where consumer = $1 and source = $2)
update inbox_parked set position = inbox_parked.position - $3::bigint - 1 + lowest.position from lowest
where consumer = $1 and source = $2`;

/**
 * Notes in which log of the bus a cursor stands. When that is another one than before, it goes back to its first event:
 * those that had their effect are known by their ids.
 *
 * @throws {@link PlatformError} `aborted` / `RELAY_SUPERSEDED` when a later epoch has taken over; executed: no.
 */
export async function followLog(
  database: Database,
  key: InboxKey,
  { cursor, log }: { readonly cursor: Cursor; readonly log: string },
): Promise<Cursor> {
  const { consumer, source } = key;
  const position = cursor.log === null ? cursor.position : 0n;
  await database.transaction({ name: `follow the log of ${source}` }, async (tx) => {
    await moveCursor(tx, key, { from: cursor, to: position });
    await tx.query(noteSql, [consumer, source, log]);
    if (cursor.log !== null) await tx.query(setApartSql, [consumer, source, cursor.position]);
  });
  return { ...cursor, position, log };
}
