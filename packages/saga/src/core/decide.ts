import { sagaReasons } from '../errors.ts';
import { isForwardOnly, type SagaPlan, type StepPlan } from './plan.ts';
import { isEnded, type SagaReason, type SagaRecord, type StepRecord, stepsUnderWay } from './record.ts';
import type { Transition } from './transition.ts';

/** A call to make: of a step's action, of its counter-action, or of the question what became of an attempt. */
export interface Attempt {
  readonly kind: 'run' | 'undo' | 'inquire';
  readonly stepIndex: number;
}

/** What to do with a saga now. */
export type Decision =
  /** Make these calls, side by side. */
  | { readonly act: 'attempt'; readonly attempts: readonly Attempt[] }
  /** Store this; nothing has to be called for it. */
  | { readonly act: 'record'; readonly transition: Transition }
  /** Nothing before a call under way has ended. */
  | { readonly act: 'join' }
  /** Nothing before this moment, epoch milliseconds; `Infinity` when only something from outside can go on with it. */
  | { readonly act: 'wait'; readonly untilMs: number }
  /** Nothing any more. */
  | { readonly act: 'rest' };

const nobody: ReadonlySet<number> = new Set();

/**
 * Chooses the next action of a saga from its record alone.
 *
 * Stages run one after the other, undos in reverse order; an undo that waits for its next attempt does not hold up the
 * others. A record that says `compensating` never leads to a forward step again.
 *
 * @param options.busy - indexes of the steps with a call under way.
 */
export function decideNext(
  record: SagaRecord,
  plan: SagaPlan,
  options: { readonly nowMs: number; readonly busy?: ReadonlySet<number> },
): Decision {
  if (isEnded(record)) return { act: 'rest' };
  const { nowMs, busy = nobody } = options;
  if (record.status === 'compensating') return decideBackward(record, nowMs, busy);
  const why = whyTurn(record, plan, nowMs);
  if (why === undefined) return decideForward(record, plan, { nowMs, busy });
  // What is under way may still land: nothing is undone before it has answered, or its time is over.
  return busy.size > 0 ? { act: 'join' } : { act: 'record', transition: turnRound(record, plan, why) };
}

/** Tells whether a cancel request would still be honoured. */
export function isCancelable(record: SagaRecord, plan: SagaPlan): boolean {
  const underWay = stepsUnderWay(record);
  if (record.status !== 'running' || underWay.length === 0) return false;
  return underWay.every(({ stage, mayHaveRun, name }) => {
    const step = plan.steps.find((one) => one.name === name);
    if (step !== undefined && (stage > plan.pivotStage || (step.mustSucceed && mayHaveRun))) return false;
    return stage < plan.cancelUntilStage || (stage === plan.cancelUntilStage && !mayHaveRun);
  });
}

function whyTurn(record: SagaRecord, plan: SagaPlan, nowMs: number): SagaReason | undefined {
  const failed = record.steps.find(({ status }) => status === 'failed');
  if (failed?.error) {
    const { reason, message, metadata, retry } = failed.error;
    const kind = retry === 'never' ? 'step_failed' : 'retries_exhausted';
    return { kind, step: failed.name, reason, message, metadata };
  }
  const [due] = stepsUnderWay(record);
  const step = due?.name ?? null;
  if (record.turnReason !== null) {
    return { kind: 'by_hand', step, reason: record.turnReason, message: 'an operator turned it round', metadata: {} };
  }
  if (record.cancelReason !== null && isCancelable(record, plan)) {
    return { kind: 'canceled', step, reason: record.cancelReason, message: 'somebody asked to cancel', metadata: {} };
  }
  if (due === undefined || nowMs < deadlineMs(record, plan)) return undefined;
  return {
    kind: 'time_limit',
    step,
    reason: sagaReasons.SAGA_TIME_LIMIT.name,
    message: `not done within ${plan.timeLimitMs} ms`,
    metadata: due.error ? { last_reason: due.error.reason } : {},
  };
}

/** No forward attempt begins after this moment; never for a saga that has no way back from where it is. */
function deadlineMs(record: SagaRecord, plan: SagaPlan): number {
  const hasWayBack = record.steps.every(
    ({ status }, index) => status !== 'in_progress' || !isForwardOnly(plan, plan.steps[index]!),
  );
  return hasWayBack ? record.createdAtMs + plan.timeLimitMs : Number.POSITIVE_INFINITY;
}

function turnRound(record: SagaRecord, plan: SagaPlan, reason: SagaReason): Transition {
  const undo = record.steps
    .filter(({ status, mayHaveRun }, index) => (status === 'completed' || mayHaveRun) && plan.steps[index]?.undoable)
    .map(({ name }) => name);
  return { kind: 'compensating', reason, undo };
}

function decideForward(
  record: SagaRecord,
  plan: SagaPlan,
  { nowMs, busy }: { readonly nowMs: number; readonly busy: ReadonlySet<number> },
): Decision {
  const attempts: Attempt[] = [];
  let untilMs = deadlineMs(record, plan);
  let isDone = true;
  for (const [stepIndex, step] of record.steps.entries()) {
    if (step.status === 'completed') continue;
    isDone = false;
    if (step.status !== 'in_progress' || busy.has(stepIndex)) continue;
    const stepPlan = plan.steps[stepIndex]!;
    if (step.isUnknown && !mayRepeat(plan, stepPlan)) return { act: 'record', transition: giveUp(step) };
    const gate = gateOf(record, step, plan);
    if (gate.expired !== undefined && nowMs >= gate.expired.atMs) {
      return { act: 'record', transition: gate.expired.transition };
    }
    const dueAtMs = Math.max(step.dueAtMs, gate.atMs);
    if (dueAtMs > nowMs) untilMs = Math.min(untilMs, dueAtMs, gate.expired?.atMs ?? dueAtMs);
    else attempts.push({ kind: step.isUnknown && stepPlan.inquirable ? 'inquire' : 'run', stepIndex });
  }
  if (isDone) return { act: 'record', transition: { kind: 'completed' } };
  if (attempts.length > 0) return { act: 'attempt', attempts };
  return busy.size > 0 ? { act: 'join' } : { act: 'wait', untilMs };
}

/** Whether another attempt, or a question, may follow one whose outcome is not known. */
function mayRepeat(plan: SagaPlan, step: StepPlan): boolean {
  return step.retryUnknown || step.inquirable || isForwardOnly(plan, step);
}

function giveUp({ name, error }: StepRecord): Transition {
  const { name: reason } = sagaReasons.SAGA_OUTCOME_UNKNOWN;
  const unknown = { reason, message: 'it is not known whether it ran', executed: 'maybe', metadata: {} } as const;
  return { kind: 'step_failed', step: name, error: { ...unknown, ...error, retry: 'never' } };
}

interface Gate {
  /** The step may be attempted from here on. */
  readonly atMs: number;
  /** What happens when the gate is still closed at a moment. */
  readonly expired?: { readonly atMs: number; readonly transition: Transition };
}

const open: Gate = { atMs: 0 };
const closed: Gate = { atMs: Number.POSITIVE_INFINITY };

function gateOf(record: SagaRecord, step: StepRecord, plan: SagaPlan): Gate {
  const stepPlan = plan.steps.find(({ name }) => name === step.name)!;
  const { gate } = stepPlan;
  if (gate === null) return open;
  const grantedAtMs = step.startedAtMs ?? 0;
  if (gate.on === 'time') return { atMs: gate.untilMs(record.state, grantedAtMs) };
  if (gate.on === 'child') return step.child === null ? open : closed;
  if (record.inbox.some(({ event }) => event === gate.event)) return open;
  const atMs = grantedAtMs + gate.limitMs;
  if (gate.atLimit === 'run') return { atMs };
  if (step.stuck) return closed;
  const error = {
    reason: sagaReasons.SAGA_EVENT_MISSING.name,
    message: `the event ${gate.event} did not come within ${gate.limitMs} ms`,
    executed: 'no',
    retry: 'never',
    metadata: {},
  } as const;
  // Where there is no way back it goes on waiting, and a person has to look.
  const waits = isForwardOnly(plan, stepPlan) && ({ dueAtMs: step.dueAtMs, stuck: true } as const);
  return { ...closed, expired: { atMs, transition: { kind: 'step_failed', step: step.name, error, ...waits } } };
}

function decideBackward(record: SagaRecord, nowMs: number, busy: ReadonlySet<number>): Decision {
  if (busy.size > 0) return { act: 'join' };
  let untilMs = Number.POSITIVE_INFINITY;
  let isDone = true;
  for (let stepIndex = record.steps.length - 1; stepIndex >= 0; stepIndex--) {
    const undo = record.steps[stepIndex]?.undo;
    if (undo?.status !== 'pending') continue;
    if (undo.dueAtMs <= nowMs) return { act: 'attempt', attempts: [{ kind: 'undo', stepIndex }] };
    isDone = false;
    untilMs = Math.min(untilMs, undo.dueAtMs);
  }
  return isDone ? { act: 'record', transition: { kind: 'compensated' } } : { act: 'wait', untilMs };
}
