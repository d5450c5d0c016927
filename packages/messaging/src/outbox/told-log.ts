import type { SqlExecutor } from '@mainstay/kernel';

// One row. Nothing is known of the log at first, and nothing of the next one while the bus has none: then what is marked
// stays so. Only the holder of the relay's lease comes here, and to do it twice does no harm: the bus knows its events.
const noteSql = `
with known as (select log from outbox_log),
noted as (
  insert into outbox_log (log) values ($1)
  on conflict (one_row) do update set log = excluded.log where outbox_log.log <> excluded.log
)
update outbox set relayed_at = null
where relayed_at is not null and exists (select from known where log <> '' and log <> $1)`;

/**
 * Notes which log of the bus has the events that are marked; in another one all of them wait again, in their old order.
 *
 * @param log - undefined when the bus has none.
 * @returns how many wait again.
 */
export async function noteLog(sql: SqlExecutor, log = ''): Promise<number> {
  return (await sql.query(noteSql, [log])).rowCount;
}
