import type { SqlExecutor } from '@mainstay/kernel';
import type { InboxKey } from './inbox-store.ts';

/** Where a consumer stands in a source. */
export interface ConsumerPosition extends InboxKey {
  /** The last event that had its effect or was set aside. */
  readonly position: bigint;
  /** Events set aside that are tried again by themselves, or wait behind one that is. */
  readonly waitingCount: number;
  readonly deadLetterCount: number;
}

// Primary keys of both tables; the one of events set aside is small.
const listSql = `
select cursor.consumer, cursor.source, cursor.position,
  count(*) filter (where parked.state = 'waiting')::integer as "waitingCount",
  count(*) filter (where parked.state = 'dead')::integer as "deadLetterCount"
from inbox_cursors as cursor
left join inbox_parked as parked on parked.consumer = cursor.consumer and parked.source = cursor.source
group by cursor.consumer, cursor.source order by cursor.consumer, cursor.source`;

/** Lists how far the consumers of a database have come. */
export async function listConsumerPositions(sql: SqlExecutor): Promise<readonly ConsumerPosition[]> {
  return (await sql.query<ConsumerPosition>(listSql)).rows;
}
