import type { SqlExecutor } from '@mainstay/kernel';
import type { SagaStatus } from '../core/record.ts';

/**
 * What became of a cancel request: `requested` is stored and honoured when it came in time; `compensating` changes
 * nothing because the saga is being undone already; `ended` comes too late; `unknown` names no saga.
 */
export type CancelAnswer = 'requested' | 'compensating' | 'ended' | 'unknown';

const requestSql = `
with asked as (
  update sagas set
    cancel_reason = $2, cancel_requested_at = $3, updated_at = $3,
    available_at = case when owner is null then least(available_at, $3) else available_at end
  where id = $1 and cancel_reason is null
  returning id, epoch
)
insert into saga_transitions (saga_id, at, epoch, kind, detail)
select id, $3, epoch, 'cancel_requested', jsonb_build_object('reason', $2::text) from asked`;

/**
 * Asks a saga to turn round at its next checkpoint, in the caller's transaction; the first request's reason stays.
 *
 * Locks the saga's row until the transaction ends. Take this lock before those on rows that the saga's steps write,
 * because its checkpoints lock in that order.
 */
export async function requestCancel(
  tx: SqlExecutor,
  request: { readonly id: string; readonly reason: string; readonly nowMs: number },
): Promise<CancelAnswer> {
  const { rows } = await tx.query<{ readonly status: SagaStatus }>(
    'select status from sagas where id = $1 for update',
    [request.id],
  );
  const status = rows[0]?.status;
  if (status === undefined) return 'unknown';
  if (status === 'compensating') return 'compensating';
  if (status !== 'running') return 'ended';
  await tx.query(requestSql, [request.id, request.reason, new Date(request.nowMs)]);
  return 'requested';
}
