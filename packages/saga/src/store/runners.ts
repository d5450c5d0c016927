import type { SqlExecutor } from '@mainstay/kernel';

// Primary key; the table has a row for each runner. The server's clock alone says when a lease ends.
const prolongSql = `
with forgotten as (delete from saga_runners where lease_until < now() - interval '1 hour')
insert into saga_runners (id, lease_until) values ($1, now() + $2 * interval '1 millisecond')
on conflict (id) do update set lease_until = excluded.lease_until`;

/** Takes or prolongs a runner's lease, and forgets runners that have been dead for an hour. */
export async function prolongLease(
  sql: SqlExecutor,
  { owner, leaseMs }: { readonly owner: string; readonly leaseMs: number },
): Promise<void> {
  await sql.query(prolongSql, [owner, leaseMs]);
}

/** Gives a runner's lease up, so that others need not wait for its end. */
export async function giveUpLease(sql: SqlExecutor, owner: string): Promise<void> {
  await sql.query('delete from saga_runners where id = $1', [owner]);
}

/** Tells which of the sagas a runner believes to own have another epoch by now. Cost: one probe of the key for each. */
export async function findLost(
  sql: SqlExecutor,
  held: readonly { readonly id: string; readonly epoch: number }[],
): Promise<readonly string[]> {
  const { rows } = await sql.query<{ readonly id: string }>(
    `select held.id from unnest($1::text[], $2::integer[]) as held (id, epoch)
     where (select sagas.epoch from sagas where sagas.id = held.id) is distinct from held.epoch`,
    [held.map(({ id }) => id), held.map(({ epoch }) => epoch)],
  );
  return rows.map(({ id }) => id);
}

/** Tells which sagas that a runner recorded are there, still as it recorded them: their transactions have committed. */
export async function findRecorded(
  sql: SqlExecutor,
  owner: string,
  ids: readonly string[],
): Promise<readonly string[]> {
  const { rows } = await sql.query<{ readonly id: string }>(
    `select recorded.id from unnest($1::text[]) as recorded (id)
     where (select sagas.owner = $2 and sagas.epoch = 1 from sagas where sagas.id = recorded.id)`,
    [ids, owner],
    { prepareAs: 'mainstay-saga-recorded' },
  );
  return rows.map(({ id }) => id);
}
