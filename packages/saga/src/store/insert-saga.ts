import type { SqlExecutor } from '@mainstay/kernel';
import type { SagaStart } from './saga-writes.ts';

const insertSql = `
insert into sagas (id, name, version, subject, status, stages, state, secrets, parent_id, parent_step, traceparent,
                   owner, epoch, available_at, created_at)
values ($1, $2, $3, $4, 'running', $5, $6, $7, $8, $9, $10, $11, case when $11::text is null then 0 else 1 end, $12, $12)
on conflict (id) do nothing`;

/**
 * Records a new saga in the caller's transaction.
 *
 * @returns false when there is one with this id.
 */
export async function insertSaga(tx: SqlExecutor, start: SagaStart): Promise<boolean> {
  const { rowCount } = await tx.query(
    insertSql,
    [
      start.id,
      start.name,
      start.version,
      start.subject,
      start.stages,
      JSON.stringify(start.state),
      start.secrets === null ? null : JSON.stringify(start.secrets),
      start.parent?.id ?? null,
      start.parent?.step ?? null,
      start.traceparent,
      start.owner,
      new Date(start.atMs),
    ],
    { prepareAs: 'mainstay-saga-start' },
  );
  return rowCount === 1;
}
