import type { SagaPlan } from './plan.ts';
import { currentStepIndex, isEnded, type SagaRecord } from './record.ts';

/** What to do with a saga now. */
export type Decision =
  /** Call the step's action. */
  | { readonly act: 'run'; readonly stepIndex: number }
  /** Call the step's counter-action. */
  | { readonly act: 'undo'; readonly stepIndex: number }
  /** Store that the saga compensates; nothing is undone before that write. */
  | { readonly act: 'compensate'; readonly because: 'canceled' | 'time_limit' }
  /** Nothing before this moment, epoch milliseconds. */
  | { readonly act: 'wait'; readonly untilMs: number }
  /** Nothing any more. */
  | { readonly act: 'rest' };

/**
 * Chooses the next action of a saga from its record alone.
 *
 * Steps run one after the other, undos in reverse order; an undo that waits for its next attempt does not hold up the
 * others. A record that says `compensating` never leads to a forward step again.
 */
export function decideNext(record: SagaRecord, plan: SagaPlan, nowMs: number): Decision {
  if (isEnded(record)) return { act: 'rest' };
  return record.status === 'running' ? decideForward(record, plan, nowMs) : decideBackward(record, nowMs);
}

function decideForward(record: SagaRecord, plan: SagaPlan, nowMs: number): Decision {
  const stepIndex = currentStepIndex(record);
  const step = record.steps[stepIndex];
  if (step === undefined) return { act: 'rest' };
  const mustSucceed = plan.steps[stepIndex]?.mustSucceed === true;
  if (record.cancelReason !== null && isCancelable(record, plan)) return { act: 'compensate', because: 'canceled' };
  if (!mustSucceed && nowMs >= record.deadlineAtMs) return { act: 'compensate', because: 'time_limit' };
  if (step.dueAtMs <= nowMs) return { act: 'run', stepIndex };
  return { act: 'wait', untilMs: mustSucceed ? step.dueAtMs : Math.min(step.dueAtMs, record.deadlineAtMs) };
}

/** Tells whether a cancel request would still be honoured. */
export function isCancelable(record: SagaRecord, plan: SagaPlan): boolean {
  if (record.status !== 'running') return false;
  const stepIndex = currentStepIndex(record);
  const step = record.steps[stepIndex];
  if (step === undefined) return false;
  if (plan.steps[stepIndex]?.mustSucceed === true && step.mayHaveRun) return false;
  return stepIndex < plan.cancelUntilIndex || (stepIndex === plan.cancelUntilIndex && !step.mayHaveRun);
}

function decideBackward(record: SagaRecord, nowMs: number): Decision {
  let nextDueMs = Number.POSITIVE_INFINITY;
  for (let stepIndex = record.steps.length - 1; stepIndex >= 0; stepIndex--) {
    const undo = record.steps[stepIndex]?.undo;
    if (undo?.status !== 'pending') continue;
    if (undo.dueAtMs <= nowMs) return { act: 'undo', stepIndex };
    nextDueMs = Math.min(nextDueMs, undo.dueAtMs);
  }
  return nextDueMs === Number.POSITIVE_INFINITY ? { act: 'rest' } : { act: 'wait', untilMs: nextDueMs };
}

/** From when a runner has something to do for this record, epoch milliseconds; `nowMs` when at once or never. */
export function nextDueAtMs(record: SagaRecord, plan: SagaPlan, nowMs: number): number {
  const decision = decideNext(record, plan, nowMs);
  return decision.act === 'wait' ? decision.untilMs : nowMs;
}
