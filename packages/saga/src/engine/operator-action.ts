import { PlatformError } from '@mainstay/kernel';
import type { Database } from '@mainstay/postgres';
import type { SagaRecord } from '../core/record.ts';
import type { OperatorTransition } from '../core/transition.ts';
import { sagaReasons } from '../errors.ts';
import { requestOf } from '../store/requests.ts';
import { readSaga } from '../store/saga-queries.ts';

/**
 * What an operator may do with a saga that does not get on.
 *
 * `retry`: what waits is tried at once. `skip`: the undoing of a step is given up; its effect stays. `compensate`: the saga
 * turns round now, also behind its pivot. `resolve`: a person has done what was left; the saga ends as they say, and its
 * closing hook runs.
 */
export type OperatorAction = { readonly actor: string; readonly reason: string } & (
  | { readonly action: 'retry' | 'compensate' }
  | { readonly action: 'skip'; readonly step: string }
  | { readonly action: 'resolve'; readonly as: 'completed' | 'compensated' }
);

/** Checks an action against where the saga stands, and asks for it. */
export async function actOn(
  database: Pick<Database, 'query' | 'transaction'>,
  { id, action, nowMs }: { readonly id: string; readonly action: OperatorAction; readonly nowMs: number },
): Promise<void> {
  if (action.actor === '' || action.reason === '') throw invalid(id, 'an action needs who and why');
  const view = await readSaga(database, id);
  if (view === undefined) throw invalid(id, 'there is no such saga');
  const wrong = whyInvalid(view.record, action);
  if (wrong !== undefined) throw invalid(id, wrong);
  const transition = transitionOf(action);
  const { answer } = await database.transaction((tx) => requestOf(tx, { id, transition, nowMs }));
  if (answer !== 'requested') throw invalid(id, 'it has ended');
}

function whyInvalid({ status, steps }: SagaRecord, action: OperatorAction): string | undefined {
  if (status === 'completed' || status === 'compensated') return 'it has ended';
  if (action.action === 'compensate' && status === 'compensating') return 'it is being undone already';
  if (action.action === 'resolve' && action.as === 'completed' && status === 'compensating') {
    return 'it is being undone, so it cannot end as completed';
  }
  if (action.action !== 'skip') return undefined;
  const step = steps.find(({ name }) => name === action.step);
  return step?.undo?.status === 'pending' ? undefined : `the step ${action.step} is not being undone`;
}

function transitionOf(action: OperatorAction): OperatorTransition {
  const { actor, reason } = action;
  switch (action.action) {
    case 'retry':
      return { kind: 'retried_by_hand', actor, reason };
    case 'compensate':
      return { kind: 'turned_by_hand', actor, reason };
    case 'skip':
      return { kind: 'skipped_by_hand', step: action.step, actor, reason };
    case 'resolve':
      return { kind: 'resolved_by_hand', end: action.as, actor, reason };
  }
}

function invalid(id: string, why: string): PlatformError {
  return new PlatformError(sagaReasons.SAGA_ACTION_INVALID, `saga ${id}: ${why}`);
}
