import { optionError } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import type { InboxKey } from './inbox-store.ts';

/** Where a consumer is sent back to, by whom and why. */
export interface Rewind extends InboxKey {
  /** Events behind this position are handled again; 0n is all that the bus still has. */
  readonly position: bigint;
  readonly actor: string;
  /** Kept in the history; not empty. */
  readonly why: string;
}

/**
 * Makes a consumer handle events again, for example after its tables were emptied to be built anew.
 *
 * Its effects must stand that; events set aside behind the position are taken from the list, since they come again.
 */
export async function rewindConsumer(
  database: Database,
  { consumer, source, position, actor, why }: Rewind,
): Promise<void> {
  if (why.trim() === '') throw optionError('rewind.why', 'not empty', why);
  await database.transaction({ name: 'rewind consumer' }, async (tx) => {
    await tx.query(
      `insert into inbox_cursors (consumer, source, position) values ($1, $2, $3)
         on conflict (consumer, source) do update set position = excluded.position`,
      [consumer, source, position],
    );
    const behind = 'consumer = $1 and source = $2 and position > $3';
    await tx.query(`delete from inbox_events where ${behind}`, [consumer, source, position]);
    await tx.query(`delete from inbox_parked where ${behind}`, [consumer, source, position]);
    await tx.query(
      `insert into inbox_actions (actor, action, why, consumer, source, position) values ($1, 'rewind', $2, $3, $4, $5)`,
      [actor, why, consumer, source, position],
    );
  });
}
