import { PlatformError } from '@mainstay/kernel';
import type { Attempt } from '../core/decide.ts';
import type { SagaRecord } from '../core/record.ts';
import type { Transition } from '../core/transition.ts';
import { sagaReasons } from '../errors.ts';
import { startOf } from '../start-of.ts';
import { insertSaga } from '../store/insert-saga.ts';
import { requestOf } from '../store/requests.ts';
import type { LocalWrite } from './attempt-context.ts';
import type { HeldSaga } from './held-saga.ts';
import type { SagaRuntime } from './runtime.ts';

/**
 * What a step that runs a saga does: the child is recorded in the transaction that says so, and is told to undo itself in
 * the one that says that. Its end comes back as a request, in the transaction that ends it.
 */
export function childWrites(runtime: SagaRuntime, held: HeldSaga, attempt: Attempt): readonly LocalWrite[] {
  const { record, definition } = held;
  const step = record.steps[attempt.stepIndex]!;
  const child = definition.steps[attempt.stepIndex]!.saga!;
  const id = childIdOf(record, step.name);
  const { clock } = runtime;
  if (attempt.kind === 'undo') {
    if (step.child === null) return [];
    const reason = `the saga ${record.id} that it is part of is undone`;
    const transition = { kind: 'turned_by_hand', actor: `saga ${record.id}`, reason } as const;
    return [
      async (tx) => {
        await requestOf(tx, { id, transition, nowMs: clock.nowMs(), key: 'undo by parent', reopens: true });
      },
    ];
  }
  const state = child.input(record.state);
  const subject = child.subject?.(record.state) ?? record.subject;
  const { start } = startOf(child.definition, { id, subject, state }, { atMs: clock.nowMs() });
  const parent = { id: record.id, step: step.name };
  return [
    async (tx) => {
      const isNew = await insertSaga(tx, { ...start, parent, traceparent: record.traceparent, owner: null });
      if (!isNew) throw new PlatformError(sagaReasons.SAGA_EXISTS, `there is a saga with the id ${id}`);
    },
  ];
}

/** What becomes true with {@link childWrites}. */
export function childTransition(record: SagaRecord, { kind, stepIndex }: Attempt): Transition {
  const { name: step, child } = record.steps[stepIndex]!;
  if (kind === 'run') return { kind: 'child_started', step, child: childIdOf(record, step) };
  return child === null || child.end === 'compensated'
    ? { kind: 'undo_completed', step }
    : { kind: 'undo_asked', step };
}

function childIdOf({ id }: Pick<SagaRecord, 'id'>, step: string): string {
  return `${id}.${step}`;
}
