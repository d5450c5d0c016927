import type { SqlExecutor } from '@mainstay/kernel';
import type { OperatorTransition } from '../core/transition.ts';

/** Something that a person did to a saga. */
export interface SagaActionRecord {
  readonly sagaId: string;
  readonly at: Date;
  readonly action: 'retry' | 'skip' | 'compensate' | 'resolve';
  /** The step of a `skip`. */
  readonly step: string | null;
  readonly actor: string;
  readonly reason: string;
}

const actionOf: Readonly<Record<OperatorTransition['kind'], SagaActionRecord['action']>> = {
  retried_by_hand: 'retry',
  skipped_by_hand: 'skip',
  turned_by_hand: 'compensate',
  resolved_by_hand: 'resolve',
};

// Index saga_requests_by_hand, whose predicate this repeats.
const listSql = `
select saga_id, at, transition from saga_requests
where transition ->> 'kind' in ('retried_by_hand', 'skipped_by_hand', 'turned_by_hand', 'resolved_by_hand')
order by at desc limit $1`;

/** Lists what people did to sagas, the newest first. */
export async function listSagaActions(sql: SqlExecutor, limit: number): Promise<readonly SagaActionRecord[]> {
  const { rows } = await sql.query<{ saga_id: string; at: Date; transition: OperatorTransition }>(listSql, [limit]);
  return rows.map(({ saga_id: sagaId, at, transition }) => ({
    sagaId,
    at,
    action: actionOf[transition.kind],
    step: transition.kind === 'skipped_by_hand' ? transition.step : null,
    actor: transition.actor,
    reason: transition.reason,
  }));
}
