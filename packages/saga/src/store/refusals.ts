import type { SqlExecutor } from '@mainstay/kernel';
import type { Refusal, SagaWrite } from './saga-writes.ts';

const explainSql = `
select
  case
    when (select journal.epoch = write.epoch from saga_journal as journal
          where journal.saga_id = write.id and journal.sequence = write.sequence) then 'written'
    when (select sagas.epoch <> write.epoch from sagas where sagas.id = write.id) is not false then 'lost'
    when exists (select from saga_journal as journal
                 where journal.saga_id = write.id and journal.sequence = write.sequence) then 'lost'
    when (select sagas.requests <> write.requests from sagas where sagas.id = write.id) then 'news'
    else 'busy'
  end as refusal
from unnest($1::text[], $2::integer[], $3::integer[], $4::integer[]) with ordinality
       as write (id, epoch, requests, sequence, position)
order by write.position`;

/** Tells what became of checkpoints of which not all were written, in their order. Cost: one statement. */
export async function explainRefusals(sql: SqlExecutor, writes: readonly SagaWrite[]): Promise<readonly Refusal[]> {
  const { rows } = await sql.query<{ readonly refusal: Refusal }>(explainSql, [
    writes.map(({ id }) => id),
    writes.map(({ epoch }) => epoch),
    writes.map(({ requests }) => requests),
    writes.map(({ sequence }) => sequence),
  ]);
  return rows.map(({ refusal }) => refusal);
}

// Primary key; locks the rows until the transaction ends.
const lockSql = (wait: boolean): string => `
select sagas.id from sagas
where sagas.id = any ($1::text[])
  and (select held.epoch = sagas.epoch and held.requests = sagas.requests
       from unnest($1::text[], $2::integer[], $3::integer[]) as held (id, epoch, requests) where held.id = sagas.id)
order by sagas.id
for no key update ${wait ? '' : 'skip locked'}`;

const lockWaiting = lockSql(true);
const lockSkipping = lockSql(false);

/**
 * Locks the rows of sagas that may be written: whose epoch and requests are as the writer knows them.
 *
 * @param options.wait - waits for rows that others have locked instead of leaving them out.
 */
export async function lockSagas(
  tx: SqlExecutor,
  writes: readonly SagaWrite[],
  options: { readonly wait: boolean },
): Promise<ReadonlySet<string>> {
  const { rows } = await tx.query<{ readonly id: string }>(
    options.wait ? lockWaiting : lockSkipping,
    [writes.map(({ id }) => id), writes.map(({ epoch }) => epoch), writes.map(({ requests }) => requests)],
    { prepareAs: options.wait ? 'mainstay-saga-lock' : 'mainstay-saga-lock-free' },
  );
  return new Set(rows.map(({ id }) => id));
}
